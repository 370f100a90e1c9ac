/** References to models: `reach` and `reach@champion` float, `reach@3` pins. */
import { fail } from "../problem/problem.js";

export interface Reference {
  readonly name: string;
  /** A version number, or an alias. */
  readonly version: number | string;
}

/** The alias that a reference without a version means. */
export const CHAMPION = "champion";

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const MAX_VERSION_DIGITS = 9;

/**
 * Whether a text may name a model or an alias: one plain path segment, whatever the file system.
 *
 * @example
 * isModelName("reach-2") // true
 */
export const isModelName = (text: string): boolean => NAME.test(text);

/** Checks a model's name. @throws LimbeckError L0850 */
export function checkModelName(name: string): string {
  if (isModelName(name)) return name;
  return fail("L0850", {
    text: name,
    reason: "a name is a letter, then at most 63 letters, digits, `-` or `_`",
  });
}

/**
 * Reads a reference.
 *
 * @throws LimbeckError L0850
 * @example
 * parseReference("reach@3") // { name: "reach", version: 3 }
 * parseReference("reach") // { name: "reach", version: "champion" }
 */
export function parseReference(text: string): Reference {
  const [name = "", version = CHAMPION, ...more] = text.split("@");
  if (more.length > 0) fail("L0850", { text, reason: "there is more than one `@`" });
  if (!isModelName(name)) checkModelName(name === "" ? text : name);
  if (/^\d+$/.test(version)) {
    if (/^0/.test(version) || version.length > MAX_VERSION_DIGITS)
      fail("L0850", { text, reason: "versions are whole numbers from 1" });
    return { name, version: Number(version) };
  }
  if (!isModelName(version)) fail("L0850", { text, reason: "behind `@` stands a version number or an alias" });
  return { name, version };
}
