/** How much two messages of one type differ. */
import { fieldsOf, kindOf } from "../../message/kind.js";
import type { Message, MessageSchema } from "../../message/type.js";

/** 0 for equal messages, a positive number, or infinity where they cannot be compared. */
export type Difference = (a: Message | undefined, b: Message | undefined) => number;

const TURN = 2 * Math.PI;

/**
 * The largest absolute difference of two numbers at the same place; angles (`wraps`, in radians) the short way round.
 *
 * Anything else (a boolean, a text, a choice, a length, an optional field that only one has) makes it infinite where it
 * differs. NaN equals NaN and nothing else.
 *
 * @example
 * const difference = differenceOf({
 *   type: "object",
 *   properties: { q: { tensor: [2], wraps: true }, mode: { enum: ["a", "b"] } },
 * });
 * difference({ q: Float64Array.of(3.1, 0), mode: "a" }, { q: Float64Array.of(-3.1, 0.01), mode: "a" }) // ≈0.083
 * difference({ q: Float64Array.of(0, 0), mode: "a" }, { q: Float64Array.of(0, 0), mode: "b" }) // Infinity
 */
export function differenceOf(schema: MessageSchema): Difference {
  const kind = kindOf(schema);
  const apart: Difference = partsOf(schema, kind);
  return (a, b) => {
    if (a === undefined || b === undefined) return a === b ? 0 : Number.POSITIVE_INFINITY;
    return apart(a, b);
  };
}

function partsOf(schema: MessageSchema, kind: ReturnType<typeof kindOf>): Difference {
  const numbers = schema.wraps === true ? angles : plain;
  switch (kind) {
    case "number":
    case "integer":
      return (a, b) => numbers(a as number, b as number);
    case "tensor":
      return (a, b) => largest(a as ArrayLike<number>, b as ArrayLike<number>, numbers);
    case "array": {
      const item = differenceOf(schema.items!);
      return (a, b) => largest(a as readonly Message[], b as readonly Message[], item);
    }
    case "object": {
      const fields = fieldsOf(schema).map(({ name, schema: type }) => ({ name, apart: differenceOf(type) }));
      return (a, b) => {
        let most = 0;
        for (const { name, apart } of fields) {
          const [left, right] = [(a as Fields)[name], (b as Fields)[name]];
          most = Math.max(most, apart(left, right));
        }
        return most;
      };
    }
    default:
      return (a, b) => (a === b ? 0 : Number.POSITIVE_INFINITY);
  }
}

type Fields = { readonly [name: string]: Message | undefined };

function plain(a: number, b: number): number {
  if (a === b) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(a - b);
}

function angles(a: number, b: number): number {
  const apart = plain(a, b) % TURN;
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.min(apart, TURN - apart);
}

function largest<T>(a: ArrayLike<T>, b: ArrayLike<T>, apart: (a: T, b: T) => number): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, apart(a[i]!, b[i]!));
  return most;
}

/**
 * Whether two messages are equal, whatever their type; NaN equals NaN, and −0 equals 0.
 *
 * @example
 * sameMessage({ x: Float64Array.of(1, Number.NaN) }, { x: Float64Array.of(1, Number.NaN) }) // true
 */
export function sameMessage(a: Message | undefined, b: Message | undefined): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => key in b && sameMessage((a as Fields)[key], (b as Fields)[key]));
}
