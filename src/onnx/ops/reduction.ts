/** What the reductions share: which axes, what is left, and the loop. */
import { stridesOf, UNKNOWN, walk } from "../dims.js";
import { cast, div, equal, gather, mul, reduceSum, shapeOf, unsqueeze } from "../functions.js";
import type { Dim, Dtype, Shape, Tensor } from "../ir.js";
import { allocate, isBig, readable, scalar, sizeOf, writer } from "../tensor.js";
import type { Info, Value } from "../value.js";
import { integers, normalised } from "./given.js";
import { type GradientContext, info, type NodeContext, type Op } from "./op.js";

type Context = NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] };

/** The axes to reduce: the second input, or the attribute of older opsets; all when neither names any. */
export function reducedAxes(c: Context, rank: number): number[] {
  const given = integers(c, 1, "axes") ?? [];
  if (given.length > 0) return normalised(c, given, rank).sort((a, b) => a - b);
  return c.int("noop_with_empty_axes", 0) !== 0 ? [] : Array.from({ length: rank }, (_, i) => i);
}

const left = (shape: Shape, axes: readonly number[], keep: boolean): Dim[] =>
  keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));

/** How many elements each output is made of, or `"?"`. */
export const reducedCount = (shape: Shape, axes: readonly number[]): Dim =>
  axes.reduce<Dim>((n, a) => (typeof n === "number" && typeof shape[a] === "number" ? n * shape[a] : UNKNOWN), 1);

/** A value of the reduced shape with the reduced axes back in it, of size one. */
function kept(c: GradientContext, value: Value): Value {
  const { shape } = c.input(0);
  return c.int("keepdims", 1) !== 0 ? value : unsqueeze(value, reducedAxes(c, shape.length));
}
/** The gradient with the reduced axes back in it. */
export const keptGradient = (c: GradientContext): Value => kept(c, c.gradient);
/** The output with the reduced axes back in it. */
export const keptOutput = (c: GradientContext): Value => kept(c, c.outputs[0]);

/** A value over the number of elements that each output is made of, which is read when the graph runs if need be. */
export function overCount(c: GradientContext, value: Value): Value {
  const x = c.input(0);
  const axes = reducedAxes(c, x.shape.length);
  const count = reducedCount(x.shape, axes);
  if (typeof count === "number") return div(value, count);
  return axes.reduce(
    (v, axis) => div(v, cast(gather(shapeOf(x), x.scope.constant(scalar("int64", axis))), x.dtype)),
    value,
  );
}

interface Reduction {
  /** The elements of one output, in row-major order and double precision, to its value. */
  combine(elements: Float64Array, dtype: Dtype): number;
  /** The same for integers of 64 bits, where the result is one. */
  exact?(elements: bigint[]): bigint;
  /** The gradient by the input. */
  gradient(c: GradientContext): Value;
  /** Whether truth values are reduced too, as 0 and 1 (opset 20). */
  readonly bools?: boolean;
}

/** A reduction over some axes. */
export const reduction = (name: string, { combine, exact, gradient, bools = false }: Reduction): Op => ({
  name,
  inputs: [1, 2],
  outputs: [1, 1],
  attributes: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (dtype === "bool" && !(bools && c.opset >= 20)) c.refuse("it takes number values, not bool");
    return [info(dtype, left(shape, reducedAxes(c, shape.length), c.int("keepdims", 1) !== 0))];
  },
  evaluate(c) {
    const x = c.input(0);
    const axes = reducedAxes(c, x.dims.length);
    const dims = left(x.dims, axes, c.int("keepdims", 1) !== 0) as number[];
    const strides = stridesOf(x.dims);
    const rest = x.dims.map((_, i) => i).filter((i) => !axes.includes(i));
    const pickDims = (of: readonly number[], from: readonly number[]) => of.map((i) => from[i]);
    const starts = walk(pickDims(rest, x.dims), pickDims(rest, strides));
    const inner = walk(pickDims(axes, x.dims), pickDims(axes, strides));
    const data = allocate(x.dtype, sizeOf(dims));
    if (exact !== undefined && isBig(x.dtype) && inner.length > 0) {
      const values = x.data as BigInt64Array;
      starts.forEach((start, i) => {
        data[i] = exact(Array.from(inner, (offset) => values[start + offset]));
      });
      return [{ dtype: x.dtype, dims, data }];
    }
    const values = readable(x);
    const write = writer(x.dtype, data);
    const elements = new Float64Array(inner.length);
    starts.forEach((start, i) => {
      for (let k = 0; k < inner.length; k++) elements[k] = values[start + inner[k]];
      write(i, combine(elements, x.dtype));
    });
    return [{ dtype: x.dtype, dims, data }];
  },
  gradient: (c) => [gradient(c), undefined].slice(0, c.inputs.length),
});

/** The elements that are the output, with equal ones sharing the gradient evenly: what Max and Min give back. */
export function shared(c: GradientContext): Value {
  const x = c.input(0);
  const chosen = cast(equal(x, keptOutput(c)), x.dtype);
  const axes = reducedAxes(c, x.shape.length);
  const count = axes.length === 0 ? chosen : reduceSum(chosen, { axes, keepdims: true });
  return mul(chosen, div(keptGradient(c), count));
}
