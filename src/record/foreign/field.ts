/**
 * Field paths into foreign messages: `header.stamp`, `position[0]`, `ranges[0..3]`, `q1..q7`.
 *
 * Names are taken as the recording spells them, blanks and dots included: at each level the longest field that the
 * rest of the path begins with is meant.
 */
import { nearest } from "../../problem/nearest.js";
import { type ForeignType, UNKNOWN } from "./type.js";

/** Elements that a range may stand for. */
const MAX_RANGE = 4096;

export interface Field {
  readonly type: ForeignType;
  /** The value, undefined where the message has none. */
  read(value: unknown): unknown;
}

export interface NoField {
  /** The step that leads nowhere. */
  readonly step: string;
  readonly of: string;
  readonly known: readonly string[];
  /** The whole path, mended. */
  readonly nearest?: string;
}

export const isField = (found: Field | NoField): found is Field => "read" in found;

/**
 * The paths that a range stands for, or undefined when it is none.
 *
 * @example
 * expandRange("q1..q3") // ["q1", "q2", "q3"]
 * expandRange("position[0..1]") // ["position[0]", "position[1]"]
 */
export function expandRange(path: string): readonly string[] | undefined {
  const names = /^(.*?)(\d+)\.\.\1(\d+)$/.exec(path);
  const index = /^(.*\[)(\d+)\.\.(\d+)(\])$/.exec(path);
  const [, head, first, last, tail = ""] = names ?? index ?? [];
  if (head === undefined) return undefined;
  const [from, to] = [Number(first), Number(last)];
  if (to < from || to - from >= MAX_RANGE) return undefined;
  return Array.from({ length: to - from + 1 }, (_, i) => `${head}${from + i}${tail}`);
}

/**
 * Finds a field by its path.
 *
 * @example
 * const type = objectOf([["position", { kind: "list", items: numberOf("float64") }]]);
 * findField(type, "position[1]") // { type: { kind: "number", dtype: "float64" }, … }
 * findField(type, "positoin[1]") // { step: "positoin", nearest: "position[1]", … }
 */
export function findField(type: ForeignType, path: string): Field | NoField {
  const steps: (string | number)[] = [];
  let at = type;
  let rest = path;
  while (rest !== "") {
    const index = /^\[(\d+)\]/.exec(rest);
    if (index !== null) {
      if (at.kind !== "list" && at.kind !== "unknown") return lost(index[0], at, path, rest);
      const i = Number(index[1]);
      if (at.kind === "list" && at.length !== undefined && i >= at.length) return lost(index[0], at, path, rest);
      steps.push(i);
      at = at.kind === "list" ? at.items : UNKNOWN;
      rest = rest.slice(index[0].length);
    } else {
      const dot = steps.length > 0 ? /^\./.exec(rest) : null;
      const word = dot === null ? rest : rest.slice(1);
      const name = nameIn(at, word);
      if (name === undefined || (steps.length > 0 && dot === null)) return lost(firstWord(word), at, path, word);
      steps.push(name);
      at = at.kind === "object" ? at.fields.get(name)! : UNKNOWN;
      rest = word.slice(name.length);
    }
  }
  return { type: at, read: reader(steps) };
}

const TIME_PARTS: readonly string[] = ["sec", "secs", "seconds", "nanosec", "nsec", "nsecs", "nanos"];

function nameIn(type: ForeignType, word: string): string | undefined {
  if (type.kind === "unknown" || type.kind === "time") {
    const name = firstWord(word);
    return name === "" || (type.kind === "time" && !TIME_PARTS.includes(name)) ? undefined : name;
  }
  if (type.kind !== "object") return undefined;
  let found: string | undefined;
  for (const name of type.fields.keys())
    if (word.startsWith(name) && /^(\.|\[|$)/.test(word.slice(name.length)) && name.length > (found?.length ?? -1))
      found = name;
  return found;
}

const firstWord = (text: string): string => /^[^.[\]]*/.exec(text)![0];

function lost(step: string, at: ForeignType, path: string, rest: string): NoField {
  const before = path.slice(0, path.length - rest.length);
  const of = before.replace(/\.$/, "");
  const known = at.kind === "object" ? [...at.fields.keys()] : at.kind === "time" ? ["sec", "nanosec"] : [];
  // of a single letter every other is near
  const near = step.length > 1 ? nearest(step, known) : undefined;
  return {
    step,
    of,
    known,
    ...(near === undefined ? {} : { nearest: before + near + rest.slice(step.length) }),
  };
}

/** Follows the steps; what is not there, anywhere on the way, is undefined. */
function reader(steps: readonly (string | number)[]): (value: unknown) => unknown {
  return (value) => {
    let at = value;
    for (const step of steps) {
      if (typeof at !== "object" || at === null) return undefined;
      if (typeof step === "string" && !Object.hasOwn(at, step)) return undefined;
      at = (at as { readonly [step: string | number]: unknown })[step];
    }
    return at ?? undefined;
  };
}
