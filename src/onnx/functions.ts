/**
 * Operators as functions, to write graphs with: `add(mul(x, w), b)`. A plain number stands for a constant of the
 * other operand's dtype. An op lands in the innermost scope of its operands.
 *
 * @example
 * const g = graphBuilder("line");
 * const x = g.input("x", "float32", ["N"]);
 * g.output("y", add(mul(x, 2), 1));
 * evaluate(g.model(), { x: tensor("float32", [2], [0, 3]) }).y.data // Float32Array [1, 7]
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

/**
 * Adds any op with one output by its ONNX name.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * op("Softplus", [x]).shape // ["N", 4]
 */
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

/** a + b. */
export const add = binary("Add");
/** a − b. */
export const sub = binary("Sub");
/** a · b. */
export const mul = binary("Mul");
/** a / b; integers are truncated. */
export const div = binary("Div");
/** aᵇ. */
export const pow = binary("Pow");
/** The greater of both. */
export const max = binary("Max");
/** The lesser of both. */
export const min = binary("Min");
/** a > b, of dtype bool. */
export const greater = binary("Greater");
/** a < b, of dtype bool. */
export const less = binary("Less");
/** a = b, of dtype bool. */
export const equal = binary("Equal");

/** −x. */
export const neg = unary("Neg");
/** |x|. */
export const abs = unary("Abs");
/** −1, 0 or 1. */
export const sign = unary("Sign");
/** √x. */
export const sqrt = unary("Sqrt");
/** eˣ. */
export const exp = unary("Exp");
/** ln x. */
export const log = unary("Log");
/** sin x, x in radians. */
export const sin = unary("Sin");
/** cos x, x in radians. */
export const cos = unary("Cos");
/** The angle whose tangent is x, in radians. */
export const atan = unary("Atan");
/** tanh x. */
export const tanh = unary("Tanh");
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = unary("Sigmoid");
/** max(x, 0). */
export const relu = unary("Relu");
/** ln(1 + eˣ). */
export const softplus = unary("Softplus");
/** x itself, under another name. */
export const identity = unary("Identity");
/**
 * The shape of a value as an int64 vector.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * shapeOf(x) // { dtype: "int64", shape: [2], … }
 */
export const shapeOf = unary("Shape");

/**
 * x · sigmoid(x), the smooth activation of Elfwing et al. 2017 (also called Swish).
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", silu(g.input("x", "float64", [3])));
 * evaluate(g.model(), { x: tensor("float64", [3], [-10, 0, 10]) }).y.data // Float64Array [≈-0.0005, 0, ≈9.9995]
 */
export const silu = (x: Value): Value => mul(x, sigmoid(x));
/**
 * x².
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * square(x).shape // ["N", 4]
 */
export const square = (x: Value): Value => mul(x, x);

/**
 * Matrix product; axes before the last two are batches, broadcast.
 *
 * @example
 * const g = graphBuilder("g");
 * matmul(g.input("a", "float32", ["N", 3]), g.input("b", "float32", [3, 2])).shape // ["N", 2]
 */
export const matmul = (a: Value, b: Value): Value => op("MatMul", [a, b]);
/**
 * α·A′·B′ + β·C, A′ and B′ transposed where asked for.
 *
 * @example
 * const g = graphBuilder("layer");
 * const [x, w, b] = [g.input("x", "float32", ["N", 3]), g.input("w", "float32", [8, 3]), g.input("b", "float32", [8])];
 * gemm(x, w, b, { transB: 1 }).shape // ["N", 8]
 */
export const gemm = (
  a: Value,
  b: Value,
  c?: Value,
  attributes: { alpha?: number; beta?: number; transA?: number; transB?: number } = {},
): Value => op("Gemm", c === undefined ? [a, b] : [a, b, c], attributes);
/**
 * Axes in the order of `perm`; reversed without it.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * transpose(x).shape // [4, "N"]
 */
export const transpose = (x: Value, perm?: readonly number[]): Value => op("Transpose", [x], { perm });

const ints = (x: Value, values: readonly number[]): Value => x.scope.constant(int64s(values));

/**
 * `shape` may hold one -1; it may be a value, as `shapeOf` gives it.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * reshape(x, [-1, 2]).shape // ["?", 2]
 */
export const reshape = (x: Value, shape: readonly number[] | Value): Value =>
  op("Reshape", [x, Array.isArray(shape) ? ints(x, shape as number[]) : (shape as Value)]);
/**
 * Repeats along axes of size 1, as broadcasting to `shape` does; it may be a value.
 *
 * @example
 * const row = graphBuilder("g").input("row", "float32", [1, 4]);
 * expand(row, [3, 4]).shape // [3, 4]
 */
export const expand = (x: Value, shape: readonly number[] | Value): Value =>
  op("Expand", [x, Array.isArray(shape) ? ints(x, shape as number[]) : (shape as Value)]);
/**
 * Values end to end along an axis.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * concat([x, x], 1).shape // ["N", 8]
 */
export const concat = (values: readonly Value[], axis: number): Value => op("Concat", values, { axis });
/**
 * Elements `starts[i]` to `ends[i]` (not included) of `axes[i]`.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * slice(x, [1], [3], [1]).shape // ["N", 2]
 */
export const slice = (
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps?: readonly number[],
): Value => op("Slice", [x, ...[starts, ends, axes, ...(steps ? [steps] : [])].map((v) => ints(x, v))]);
/**
 * Cuts an axis into parts of the given sizes.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * split(x, [3, 1], 1).map(({ shape }) => shape) // [["N", 3], ["N", 1]]
 */
export const split = (x: Value, sizes: readonly number[], axis: number): Value[] =>
  sizes.length === 1 ? [x] : x.scope.emit("Split", [x, ints(x, sizes)], { axis }, sizes.length);
/**
 * Takes out axes of size 1.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 1]);
 * squeeze(x, [1]).shape // ["N"]
 */
export const squeeze = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : op("Squeeze", [x, ints(x, axes)]);
/**
 * Puts in axes of size 1; `axes` count in the result.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * unsqueeze(x, [1]).shape // ["N", 1, 4]
 */
export const unsqueeze = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : op("Unsqueeze", [x, ints(x, axes)]);
/**
 * Adds `before[i]` and `after[i]` zeros to the ends of axis i.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * pad(x, [0, 1], [0, 2]).shape // ["N", 7]
 */
export const pad = (x: Value, before: readonly number[], after: readonly number[]): Value =>
  op("Pad", [x, ints(x, [...before, ...after])]);
/**
 * The slices of an axis at these indices.
 *
 * @example
 * const g = graphBuilder("g");
 * gather(g.input("table", "float32", [10, 4]), g.input("rows", "int64", ["N"])).shape // ["N", 4]
 */
export const gather = (x: Value, indices: Value, axis = 0): Value => op("Gather", [x, indices], { axis });

interface Reduce {
  readonly axes?: readonly number[];
  readonly keepdims?: boolean;
}
const reduction =
  (name: string) =>
  (x: Value, { axes, keepdims = false }: Reduce = {}): Value =>
    op(name, axes === undefined ? [x] : [x, ints(x, axes)], { keepdims: keepdims ? 1 : 0 });
/**
 * Over all axes unless some are named.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * reduceSum(x).shape // []
 * reduceSum(x, { axes: [1], keepdims: true }).shape // ["N", 1]
 */
export const reduceSum = reduction("ReduceSum");
/**
 * Mean over all axes, unless some are named.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * reduceMean(x, { axes: [0] }).shape // [4]
 */
export const reduceMean = reduction("ReduceMean");

/**
 * `a` where the condition holds, `b` elsewhere; all broadcast. One of them may be a number.
 *
 * @example
 * const g = graphBuilder("sign");
 * const x = g.input("x", "float32", [3]);
 * g.output("y", where(less(x, 0), -1, mul(x, 2)));
 * evaluate(g.model(), { x: tensor("float32", [3], [-5, 0, 5]) }).y.data // Float32Array [-1, 0, 10]
 */
export const where = (condition: Value, a: Operand, b: Operand): Value => {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number") throw new TypeError("where of two plain numbers: at least one must be a value");
  return op("Where", [condition, lift(a, like), lift(b, like)]);
};
/**
 * Elements held between the bounds that are given.
 *
 * @example
 * const g = graphBuilder("limit");
 * g.output("y", clip(g.input("x", "float32", [3]), -1, 1));
 * evaluate(g.model(), { x: tensor("float32", [3], [-5, 0, 5]) }).y.data // Float32Array [-1, 0, 1]
 */
export const clip = (x: Value, low?: Operand, high?: Operand): Value =>
  op("Clip", [x, low === undefined ? undefined : lift(low, x), ...(high === undefined ? [] : [lift(high, x)])]);
/**
 * The same values in another dtype.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * cast(x, "float64").dtype // "float64"
 */
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
