/** What the reductions share: which axes, what is left, and the loop. */
import { stridesOf, UNKNOWN, walk } from "../dims.js";
import { unsqueeze } from "../functions.js";
import type { Dim, Shape, Tensor } from "../ir.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
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

/** The gradient with the reduced axes back in it, of size one. */
export function keptGradient(c: GradientContext): Value {
  const axes = reducedAxes(c, c.input(0).shape.length);
  return c.int("keepdims", 1) !== 0 ? c.gradient : unsqueeze(c.gradient, axes);
}

/** A reduction that combines the elements of each output, in row-major order, in double precision. */
export const reduction = (
  name: string,
  combine: (elements: Iterable<number>, count: number) => number,
  gradient: NonNullable<Op["gradient"]>,
): Op => ({
  name,
  inputs: [1, 2],
  outputs: [1, 1],
  attributes: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (dtype === "bool") c.refuse("it takes number values, not bool");
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
    const values = readable(x);
    const data = allocate(x.dtype, sizeOf(dims));
    const write = writer(x.dtype, data);
    const elements = new Float64Array(inner.length);
    starts.forEach((start, i) => {
      for (let k = 0; k < inner.length; k++) elements[k] = values[start + inner[k]];
      write(i, combine(elements, inner.length));
    });
    return [{ dtype: x.dtype, dims, data }];
  },
  gradient,
});
