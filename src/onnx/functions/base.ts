/** What all operator functions are made of: the scope an op lands in, and constants from plain numbers. */
import { fail } from "../../problem/problem.js";
import type { Dtype } from "../ir.js";
import { spelt } from "../spelt.js";
import { int64s, scalar } from "../tensor.js";
import type { Attributes, Scope, Value } from "../value.js";

export type Operand = Value | number;

/** The scope that an op on these values belongs to. */
export const scopeOf = (values: readonly (Value | undefined)[]): Scope =>
  values.reduce<Scope | undefined>(
    (deepest, v) => (v === undefined || (deepest && deepest.depth >= v.scope.depth) ? deepest : v.scope),
    undefined,
  )!;

/**
 * Adds any op with one output by its ONNX name. Errors: L0841 for an input that is no value.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * op("Softplus", [x]).shape // ["N", 4]
 */
export function op(name: string, inputs: readonly (Value | undefined)[], attributes?: Attributes): Value {
  if (!Array.isArray(inputs)) return fail("L0841", { op: name, found: spelt(inputs), list: true });
  const wrong = inputs.findIndex((x) => x !== undefined && typeof (x as Value | null)?.scope?.emit !== "function");
  if (wrong >= 0) fail("L0841", { op: name, input: wrong + 1, found: spelt(inputs[wrong]) });
  const scope = scopeOf(inputs) ?? fail("L0841", { op: name, input: 1, found: "undefined" });
  return scope.emit(name, inputs, attributes)[0];
}

/** A plain number as a constant of the dtype of `like`. */
export const lift = (x: Operand, like: Value): Value =>
  typeof x === "number" ? like.scope.constant(scalar(like.dtype, x)) : x;

/** The function of an op of two operands, one of which may be a plain number. */
export function binary(name: string): (a: Operand, b: Operand) => Value {
  return (a, b) => {
    if (a === undefined || b === undefined) throw new TypeError(`${name} of a value that is \`undefined\``);
    const like = typeof a === "number" ? b : a;
    if (typeof like === "number") throw new TypeError(`${name} of two plain numbers: at least one must be a value`);
    return op(name, [lift(a, like), lift(b, like)]);
  };
}

/** The function of an op of one value. */
export const unary =
  (name: string): ((x: Value) => Value) =>
  (x) =>
    op(name, [x]);

/** A constant vector of int64: axes, sizes. */
export const ints = (x: Value, values: readonly number[]): Value => x.scope.constant(int64s(values));

/** ONNX's numbers of element types (TensorProto.DataType). */
export const elementType: { readonly [D in Dtype]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  uint32: 12,
  uint64: 13,
  float16: 10,
  bfloat16: 16,
};
