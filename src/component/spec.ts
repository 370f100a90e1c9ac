/** What the makers of component kinds do alike with what an author gives them. */
import { nearest } from "../problem/nearest.js";

/**
 * A key that a kind does not have would otherwise be ignored, and missed only when the component runs.
 *
 * @throws TypeError that names it
 * @example
 * refuseUnknownKeys("a step", { doc: "Doubles." }, ["doc", "step"]);
 */
export function refuseUnknownKeys(kind: string, spec: object, keys: readonly string[]): void {
  for (const key of Object.keys(spec)) {
    if (keys.includes(key)) continue;
    const meant = nearest(key, keys);
    throw new TypeError(
      `${kind} has no \`${key}\`; ${meant === undefined ? `it has ${keys.join(", ")}` : `did you mean \`${meant}\`?`}`,
    );
  }
}

/** A record with each value mapped. */
export const mapValues = <A, B>(record: { readonly [key: string]: A }, f: (a: A) => B): { readonly [key: string]: B } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
