/** OneHot: a new axis that is on at each index and off elsewhere; indices out of range are off everywhere. */
import { UNKNOWN } from "../dims.js";
import { concat, mul, op, reduceSum, reshape, sub } from "../functions.js";
import type { Tensor } from "../ir.js";
import { allocate, numbers, readable, sizeOf, tensor } from "../tensor.js";
import { alongAxis } from "./batching.js";
import { axis as axisIn } from "./given.js";
import {
  type EvaluateContext,
  type GradientContext,
  type InferContext,
  info,
  type NodeContext,
  type Op,
} from "./op.js";

/** The place of the new axis in the result. */
const placed = (c: EvaluateContext | InferContext | GradientContext, rank: number): number =>
  axisIn(c, c.int("axis", -1), new Array(rank + 1).fill(1));

function depthOf(c: NodeContext, given: Tensor): number {
  const depth = Math.trunc(numbers(given)[0] ?? Number.NaN);
  return depth >= 1 ? depth : c.refuse(`its depth is ${depth}, and must be at least 1`);
}

export const oneHot: Op = {
  name: "OneHot",
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: { axis: "int" },
  infer(c) {
    const [indices, depth, values] = [c.input(0), c.input(1), c.input(2)];
    if (values.shape.length !== 1 || values.shape[0] !== 2) c.refuse("its values must be two: off and on");
    const size = depth.constant ? depthOf(c, depth.constant) : UNKNOWN;
    const at = placed(c, indices.shape.length);
    return [info(values.dtype, indices.shape.toSpliced(at, 0, size))];
  },
  evaluate(c) {
    const [indices, values] = [c.input(0), c.input(2)];
    const depth = depthOf(c, c.input(1));
    const at = placed(c, indices.dims.length);
    const dims = indices.dims.toSpliced(at, 0, depth);
    const data = allocate(values.dtype, sizeOf(dims)) as Float64Array;
    const [off, on] = values.data as Float64Array;
    data.fill(off);
    const inner = sizeOf(indices.dims.slice(at));
    const picked = readable(indices);
    for (let i = 0; i < picked.length; i++) {
      const index = Math.trunc(picked[i] < 0 ? picked[i] + depth : picked[i]);
      if (index >= 0 && index < depth) data[(Math.floor(i / inner) * depth + index) * inner + (i % inner)] = on;
    }
    return [{ dtype: values.dtype, dims, data }];
  },
  batch: alongAxis(-1),
  gradient(c) {
    const values = c.input(2);
    const mask = op("OneHot", [c.input(0), c.input(1), values.scope.constant(tensor(values.dtype, [2], [0, 1]))], {
      axis: c.int("axis", -1),
    });
    const on = reduceSum(mul(c.gradient, mask));
    const off = sub(reduceSum(c.gradient), on);
    return [undefined, undefined, concat([reshape(off, [1]), reshape(on, [1])], 0)];
  },
};
