/**
 * Operators as functions, to write graphs with: `add(mul(x, w), b)`. A plain number stands for a constant of the
 * other operand's dtype. An op lands in the innermost scope of its operands.
 */
import type { Dtype } from "./ir.js";
import { int64s, scalar } from "./tensor.js";
import type { Attributes, Scope, Value } from "./value.js";

export type Operand = Value | number;

/** The scope that an op on these values belongs to. */
export const scopeOf = (values: readonly (Value | undefined)[]): Scope =>
  values.reduce<Scope | undefined>(
    (deepest, v) => (v === undefined || (deepest && deepest.depth >= v.scope.depth) ? deepest : v.scope),
    undefined,
  )!;

/** Adds any op with one output by its ONNX name. */
export const op = (name: string, inputs: readonly (Value | undefined)[], attributes?: Attributes): Value =>
  scopeOf(inputs).emit(name, inputs, attributes)[0];

const lift = (x: Operand, like: Value): Value =>
  typeof x === "number" ? like.scope.constant(scalar(like.dtype, x)) : x;

function binary(name: string): (a: Operand, b: Operand) => Value {
  return (a, b) => {
    const like = typeof a === "number" ? b : a;
    if (typeof like === "number") throw new TypeError(`${name} of two plain numbers: at least one must be a value`);
    return op(name, [lift(a, like), lift(b, like)]);
  };
}
const unary =
  (name: string): ((x: Value) => Value) =>
  (x) =>
    op(name, [x]);

export const add = binary("Add");
export const sub = binary("Sub");
export const mul = binary("Mul");
export const div = binary("Div");
export const pow = binary("Pow");
export const max = binary("Max");
export const min = binary("Min");
export const greater = binary("Greater");
export const less = binary("Less");
export const equal = binary("Equal");

export const neg = unary("Neg");
export const abs = unary("Abs");
export const sign = unary("Sign");
export const sqrt = unary("Sqrt");
export const exp = unary("Exp");
export const log = unary("Log");
export const sin = unary("Sin");
export const cos = unary("Cos");
export const atan = unary("Atan");
export const tanh = unary("Tanh");
export const sigmoid = unary("Sigmoid");
export const relu = unary("Relu");
export const softplus = unary("Softplus");
export const identity = unary("Identity");
/** The shape of a value as an int64 vector. */
export const shapeOf = unary("Shape");

/** x · sigmoid(x), the smooth activation of Elfwing et al. 2017 (also called Swish). */
export const silu = (x: Value): Value => mul(x, sigmoid(x));
export const square = (x: Value): Value => mul(x, x);

export const matmul = (a: Value, b: Value): Value => op("MatMul", [a, b]);
/** α·A′·B′ + β·C, A′ and B′ transposed where asked for. */
export const gemm = (
  a: Value,
  b: Value,
  c?: Value,
  attributes: { alpha?: number; beta?: number; transA?: number; transB?: number } = {},
): Value => op("Gemm", c === undefined ? [a, b] : [a, b, c], attributes);
/** Axes in the order of `perm`; reversed without it. */
export const transpose = (x: Value, perm?: readonly number[]): Value => op("Transpose", [x], { perm });

const ints = (x: Value, values: readonly number[]): Value => x.scope.constant(int64s(values));

/** `shape` may hold one -1; it may be a value, as `shapeOf` gives it. */
export const reshape = (x: Value, shape: readonly number[] | Value): Value =>
  op("Reshape", [x, Array.isArray(shape) ? ints(x, shape as number[]) : (shape as Value)]);
export const expand = (x: Value, shape: readonly number[] | Value): Value =>
  op("Expand", [x, Array.isArray(shape) ? ints(x, shape as number[]) : (shape as Value)]);
export const concat = (values: readonly Value[], axis: number): Value => op("Concat", values, { axis });
/** Elements `starts[i]` to `ends[i]` (not included) of `axes[i]`. */
export const slice = (
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps?: readonly number[],
): Value => op("Slice", [x, ...[starts, ends, axes, ...(steps ? [steps] : [])].map((v) => ints(x, v))]);
/** Cuts an axis into parts of the given sizes. */
export const split = (x: Value, sizes: readonly number[], axis: number): Value[] =>
  sizes.length === 1 ? [x] : x.scope.emit("Split", [x, ints(x, sizes)], { axis }, sizes.length);
export const squeeze = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : op("Squeeze", [x, ints(x, axes)]);
export const unsqueeze = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : op("Unsqueeze", [x, ints(x, axes)]);
/** Adds `before[i]` and `after[i]` zeros to the ends of axis i. */
export const pad = (x: Value, before: readonly number[], after: readonly number[]): Value =>
  op("Pad", [x, ints(x, [...before, ...after])]);
export const gather = (x: Value, indices: Value, axis = 0): Value => op("Gather", [x, indices], { axis });

interface Reduce {
  readonly axes?: readonly number[];
  readonly keepdims?: boolean;
}
const reduction =
  (name: string) =>
  (x: Value, { axes, keepdims = false }: Reduce = {}): Value =>
    op(name, axes === undefined ? [x] : [x, ints(x, axes)], { keepdims: keepdims ? 1 : 0 });
/** Over all axes unless some are named. */
export const reduceSum = reduction("ReduceSum");
export const reduceMean = reduction("ReduceMean");

export const where = (condition: Value, a: Operand, b: Operand): Value => {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number") throw new TypeError("where of two plain numbers: at least one must be a value");
  return op("Where", [condition, lift(a, like), lift(b, like)]);
};
export const clip = (x: Value, low?: Operand, high?: Operand): Value =>
  op("Clip", [x, low === undefined ? undefined : lift(low, x), ...(high === undefined ? [] : [lift(high, x)])]);
export const cast = (x: Value, to: Dtype): Value => (x.dtype === to ? x : op("Cast", [x], { to: elementType[to] }));

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
};
