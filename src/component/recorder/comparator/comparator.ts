/**
 * Whether two messages of comparable types agree, compiled from the types:
 *
 *   number, integer, tensor      each within its tolerance       number.ts
 *   `wraps: true`                the short way round             angle.ts
 *   `quaternion: true`           up to the sign                  quaternion.ts
 *   boolean, string, enum        equal                           exact.ts
 *   object, array                every part; one that only one has is no agreement
 */
import { fieldsOf, kindOf } from "../../../message/kind.js";
import { elements } from "../../../message/tensor.js";
import type { Message, MessageSchema } from "../../../message/type.js";
import { closeAngles } from "./angle.js";
import { type Close, closeNumbers } from "./number.js";
import { closeQuaternions, PARTS } from "./quaternion.js";
import type { PartTolerance, Tolerance, Tolerances } from "./tolerance.js";

/** Whether two values agree; absent ones do. */
export type Agrees = (a: Message | undefined, b: Message | undefined) => boolean;

/**
 * The comparator of messages of these types, which are the same in structure; a number is an angle where one of them says
 * so.
 *
 * @example
 * const type = messageSchema({ q: { tensor: [2], wraps: true }, mode: { enum: ["a", "b"] } }, () => undefined);
 * const agrees = compileComparator([type, type], readTolerance({ absolute: 0.01, fields: { "q[1]": 1 } }));
 * agrees({ q: [3.14, 0], mode: "a" }, { q: [-3.14, 0.9], mode: "a" }) // true
 * agrees({ q: [3.14, 0], mode: "a" }, { q: [3.14, 0], mode: "b" }) // false
 */
export function compileComparator(types: readonly MessageSchema[], { all, parts }: Tolerances): Agrees {
  const present = comparatorOf(types, all, parts);
  return (a, b) => (a === undefined || b === undefined ? a === b : present(a, b));
}

type Compare = (a: Message, b: Message) => boolean;
type Parts = readonly PartTolerance[];

function comparatorOf(types: readonly MessageSchema[], outer: Tolerance, parts: Parts): Compare {
  const type = types[0]!;
  const tolerance = parts.find(({ path }) => path.length === 0)?.tolerance ?? outer;
  const inside = parts.filter(({ path }) => path.length > 0);
  switch (kindOf(type)) {
    case "number":
    case "integer":
      return closeness(types, tolerance) as Compare;
    case "tensor":
      return tensorComparator(types, tolerance, inside) as Compare;
    case "array":
      return arrayComparator(types, tolerance, inside) as Compare;
    case "object": {
      const fields = fieldsOf(type).map(({ name }) => {
        const all = tolerance;
        const own = types.map(({ properties }) => properties![name]!);
        return { name, agrees: compileComparator(own, { all, parts: below(inside, name) }) };
      });
      type Fields = { readonly [name: string]: Message | undefined };
      return (a, b) => fields.every(({ name, agrees }) => agrees((a as Fields)[name], (b as Fields)[name]));
    }
    default:
      return (a, b) => a === b;
  }
}

const below = (parts: Parts, step: string): Parts =>
  parts.flatMap(({ path: [first, ...path], tolerance }) => (first === step ? [{ path, tolerance }] : []));

const closeness = (types: readonly MessageSchema[], tolerance: Tolerance): Close =>
  types.some(({ wraps }) => wraps === true) ? closeAngles(tolerance) : closeNumbers(tolerance);

const isRotation = ({ quaternion }: MessageSchema): boolean => quaternion === true;

type Numbers = ArrayLike<number>;

function tensorComparator(types: readonly MessageSchema[], tolerance: Tolerance, inside: Parts) {
  const shape = types[0]!.tensor!;
  const length = elements(shape);
  if (inside.length === 0 && !types.some(isRotation)) {
    const close = closeness(types, tolerance);
    return (a: Numbers, b: Numbers): boolean => {
      for (let i = 0; i < length; i++) if (!close(a[i]!, b[i]!)) return false;
      return true;
    };
  }
  const isQuaternion = types.some(isRotation);
  const step = isQuaternion ? PARTS : 1;
  const make = (own: Tolerance): ((a: Numbers, b: Numbers, at: number) => boolean) => {
    if (isQuaternion) return closeQuaternions(own);
    const close = closeness(types, own);
    return (a, b, at) => close(a[at]!, b[at]!);
  };
  const usual = make(tolerance);
  if (inside.length === 0)
    return (a: Numbers, b: Numbers): boolean => {
      for (let at = 0; at < length; at += step) if (!usual(a, b, at)) return false;
      return true;
    };
  const special = inside
    .toSorted((a, b) => b.path.length - a.path.length)
    .map(({ path, tolerance: own }) => ({ path, agree: make(own) }));
  const agree = Array.from({ length: length / step }, (_, i) => {
    const index = indexOf(i * step, shape);
    return special.find(({ path }) => path.every((at, k) => Number(at) === index[k]))?.agree ?? usual;
  });
  return (a: Numbers, b: Numbers): boolean => {
    for (let i = 0; i < agree.length; i++) if (!agree[i]!(a, b, i * step)) return false;
    return true;
  };
}

/** Index of an element in each dimension. */
function indexOf(element: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = element;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

function arrayComparator(types: readonly MessageSchema[], tolerance: Tolerance, inside: Parts) {
  const items = types.map((type) => type.items!);
  const usual = comparatorOf(items, tolerance, []);
  const special = new Map(
    inside.map(({ path }) => [Number(path[0]), comparatorOf(items, tolerance, below(inside, path[0]!))]),
  );
  return (a: readonly Message[], b: readonly Message[]): boolean =>
    a.length === b.length && a.every((item, i) => (special.get(i) ?? usual)(item, b[i]!));
}

/**
 * Whether a path leads to a part of a message that can have a tolerance of its own.
 *
 * @example
 * hasPart({ tensor: [2, 3] }, ["1", "2"]) // true
 * hasPart({ tensor: [2, 3] }, ["2"]) // false
 */
export function hasPart(type: MessageSchema, path: readonly string[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  const kind = kindOf(type);
  if (kind === "object") return Object.hasOwn(type.properties!, step) && hasPart(type.properties![step]!, rest);
  if (!/^(0|[1-9]\d{0,8})$/.test(step)) return false;
  if (kind === "array") return Number(step) < (type.maxItems ?? Number.POSITIVE_INFINITY) && hasPart(type.items!, rest);
  if (kind !== "tensor") return false;
  // a quaternion is compared as one
  const shape = type.quaternion === true ? type.tensor!.slice(0, -1) : type.tensor!;
  return path.length <= shape.length && path.every((at, i) => /^(0|[1-9]\d{0,8})$/.test(at) && Number(at) < shape[i]!);
}
