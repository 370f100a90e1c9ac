/** What a tensor step sees and gives back, in TypeScript; `when` and `repeat`. */
import type { TArray, TObject, TProperties } from "typebox";
import { loop, scan } from "../../onnx/control.js";
import { showShape } from "../../onnx/dims.js";
import { lift, type Operand, scopeOf } from "../../onnx/functions/base.js";
import type { Tensor } from "../../onnx/ir.js";
import { isValue, type Value } from "../../onnx/value.js";
import { fail } from "../../problem/problem.js";
import type { Port } from "../ports.js";
import type { Same } from "../typed.js";

type IsAny<T> = 0 extends 1 & T ? true : false;

/** A message of this type as the step reads it: a value a leaf, records and lists as in the message. */
export type Symbolic<T> =
  IsAny<T> extends true
    ? // biome-ignore lint/suspicious/noExplicitAny: a type that is known at run time only
      any
    : T extends Same
      ? Value
      : T extends TObject<infer P extends TProperties>
        ? { readonly [K in keyof P]: Symbolic<P[K]> }
        : T extends TArray<infer Item>
          ? readonly Symbolic<Item>[]
          : Value;

/** What may stand for a leaf in what a step gives back: a value, or a plain one, which is a constant. */
export type Plain = number | boolean | string | Constant;

/** A message as the step gives it back. */
export type Given<T> =
  IsAny<T> extends true
    ? unknown
    : T extends Same
      ? Value | Plain
      : T extends TObject<infer P extends TProperties>
        ? { readonly [K in keyof P]: Given<P[K]> }
        : T extends TArray<infer Item>
          ? readonly Given<Item>[]
          : Value | Plain;

type SchemaOf<P> = P extends Port<infer T, boolean> ? T : P;

/** Inputs as the step reads them; whether an optional one is connected is known when it is traced, others always are. */
export type SymbolicInputs<I> = {
  readonly [K in keyof I]: I[K] extends Port<infer T, infer O>
    ? O extends true
      ? Symbolic<T> | undefined
      : Symbolic<T>
    : Symbolic<I[K]>;
};
export type GivenOutputs<O> = {
  readonly [K in keyof O]?: Given<SchemaOf<O[K]>> | When<Given<SchemaOf<O[K]>>> | undefined;
};

/** Numbers in a shape: one, a list of them, or lists of lists of one length. */
export type Nested = number | readonly Nested[];

type NumberArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** A constant of a shape: a typed array is a vector of its dtype. */
export type Constant = NumberArray | { readonly dims: readonly number[]; readonly data: NumberArray } | Tensor;
/** What a state starts with: number → float64, bigint → int64, boolean → bool, typed array → a vector of its dtype. */
export type Initial = number | bigint | boolean | Constant;

export type States = { readonly [name: string]: Initial };
export type SymbolicStates<S> = { readonly [K in keyof S]: Value };
export type GivenStates<S> = { readonly [K in keyof S]?: Value | Plain };

/** What a tensor step may know beside its inputs. */
export interface TensorContext<P> {
  /** Plain: constants of the graph. */
  readonly params: P;
  /** Seconds since the node's last firing, 0 at its first: a float64 scalar. */
  readonly dt: Value;
  /** Time of the tag in s: a float64 scalar. */
  readonly time: Value;
  /** Seconds between two firings of a clocked node; undefined for any other. Plain. */
  readonly period: number | undefined;
  /** Whether the value at this input came since the node's last firing: a bool scalar. */
  fresh(port: string): Value;
  /** Seconds since the stamp of the value at this input, infinite without one: a float64 scalar. */
  age(port: string): Value;
  /** Whether there is a value at this input: a bool scalar. Without one its values are zeros. */
  has(port: string): Value;
  /**
   * A constant: a number, lists of numbers, a typed array, `{dims, data}`. Plain numbers are float64 unless told.
   *
   * @throws LimbeckError L0838 for lists of unequal length
   */
  constant(values: Nested | boolean | bigint | Constant, dtype?: Tensor["dtype"]): Value;
}

const WHEN = Symbol("when");

/** A message that is sent only where `valid` is true. */
export interface When<T> {
  readonly [WHEN]: true;
  readonly valid: Value | boolean;
  readonly value: T;
}

/**
 * A message that is sent only where `valid`, a bool scalar, is true; else the port is silent at that tag.
 *
 * @example
 * const onChange = tensorStep({
 *   doc: "Passes a number on when it changes.",
 *   inputs: { value: Type.Number() },
 *   outputs: { value: Type.Number() },
 *   state: () => ({ last: Number.NaN }),
 *   step({ value }, { last }) {
 *     const changed = ops.not(ops.equal(value, last));
 *     return { outputs: { value: when(changed, value) }, state: { last: value } };
 *   },
 * });
 * const messages = [1, 1, 2].map((message, i) => ({ time_ns: i, port: "value", message }));
 * solo(onChange).play(messages, 3).length // 2
 */
export const when = <T>(valid: Value | boolean, value: T): When<T> => ({ [WHEN]: true, valid, value });

export const isWhen = (x: unknown): x is When<unknown> => typeof x === "object" && x !== null && WHEN in x;

/** A `repeat` of up to so many rounds is written out. */
const MAX_UNROLLED = 8;
/** A `repeat` of more rounds than this is taken for a mistake. */
export const MAX_ROUNDS = 1_000_000;

/**
 * A loop of `n` rounds: the carried values go into `body` and come out of it with the same dtypes and shapes.
 *
 * A few rounds are written out, more become ONNX's `Scan`; both can be differentiated. A number that is known only when
 * it runs, an int64 scalar, becomes a `Loop`, which has no gradient.
 *
 * @throws LimbeckError L0834 when what is carried changes its dtype or shape, L0836 when `n` is no whole number
 * @example
 * const root = tensorStep({
 *   doc: "The root of a number by Newton's method: x ← (x + a/x)/2, six times.",
 *   inputs: { a: Type.Number() },
 *   outputs: { root: Type.Number() },
 *   step: ({ a }) => ({ outputs: { root: repeat(6, [a], ([x]) => [ops.mul(ops.add(x, ops.div(a, x)), 0.5)])[0] } }),
 * });
 * solo(root).play([{ time_ns: 0, port: "a", message: 4 }], 1)[0]?.message // ≈2
 */
export function repeat<C extends readonly Value[]>(
  n: number | Value,
  carried: C,
  body: (carried: { readonly [I in keyof C]: Value }) => { readonly [I in keyof C]: Operand },
): { [I in keyof C]: Value } {
  if (typeof n === "number" && (!Number.isInteger(n) || n < 0 || n > MAX_ROUNDS))
    fail("L0836", {
      what: "`repeat`",
      reason: `is asked for ${n} rounds`,
      help: `Give it a whole number from 0 to ${MAX_ROUNDS}.`,
    });
  if (carried.length === 0)
    fail("L0836", {
      what: "`repeat`",
      reason: "carries nothing",
      help: "Give it the values that change from round to round.",
    });
  const round = (before: readonly Value[]): Value[] => {
    const after = body(before as { readonly [I in keyof C]: Value });
    if (!Array.isArray(after) || after.length !== carried.length)
      fail("L0836", {
        what: "the body of `repeat`",
        reason: `must give back ${carried.length} values, a list as long as that of the carried ones`,
        help: "Give back a value for each carried one, itself if it does not change.",
      });
    return after.map((x: Operand, i) => {
      const value = isValue(x) ? x : lift(x, before[i]!);
      sameType(`${i + 1} of \`repeat\``, carried[i]!, value);
      return value;
    });
  };
  type Result = { [I in keyof C]: Value };
  if (typeof n !== "number") return loop(n, carried, (states) => ({ states: round(states) })).states as Result;
  if (n <= MAX_UNROLLED) {
    let values: readonly Value[] = carried;
    for (let i = 0; i < n; i++) values = round(values);
    return values as Result;
  }
  // Scan walks a sequence, and a round needs nothing of it but its length
  const rounds = scopeOf(carried).constant({ dtype: "bool", dims: [n], data: new Uint8Array(n) });
  return scan(carried, [rounds], (states) => ({ states: round(states) })).states as Result;
}

/** @throws LimbeckError L0834 */
export function sameType(state: string, before: Pick<Value, "dtype" | "shape">, after: Value): void {
  const show = ({ dtype, shape }: Pick<Value, "dtype" | "shape">) => `${dtype} ${showShape(shape)}`;
  if (show(before) !== show(after)) fail("L0834", { state, from: show(before), to: show(after) });
}
