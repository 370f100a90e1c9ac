/** GatherElements: element by element, with the index along one axis read from a tensor of the output's shape. */
import { showShape, stridesOf, walk } from "../dims.js";
import { scatterElements } from "../functions.js";
import type { Shape } from "../ir.js";
import { scalar } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import { elementsAlong } from "./batching.js";
import { axis } from "./given.js";
import { integerIndices, positions } from "./indices.js";
import { info, type NodeContext, type Op } from "./op.js";
import { pick } from "./permute.js";

/** The shapes of a tensor and of the indices into it: of one rank, and the indices no larger beside their axis. */
export function alongside(c: NodeContext, shape: Shape, indices: Shape, at: number): void {
  const fits = (d: Shape[number], i: number): boolean =>
    i === at || typeof d === "string" || typeof shape[i] === "string" || d <= (shape[i] as number);
  if (indices.length !== shape.length || !indices.every(fits))
    c.refuse(`indices of shape ${showShape(indices)} do not fit ${showShape(shape)} along axis ${at}`);
}

/** For every element of `dims`, the offset in a tensor of shape `shape` that its index along axis `at` leads to. */
export function offsetsAlong(shape: readonly number[], dims: readonly number[], at: number, index: readonly number[]) {
  const strides = stridesOf(shape);
  const offsets = walk(dims, strides.with(at, 0));
  for (let i = 0; i < offsets.length; i++) offsets[i] += index[i] * strides[at];
  return offsets;
}

export const gatherElements: Op = {
  name: "GatherElements",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { axis: "int" },
  infer(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    integerIndices(c, indices);
    alongside(c, x.shape, indices.shape, axis(c, c.int("axis", 0), x.shape));
    return [info(x.dtype, indices.shape)];
  },
  evaluate(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    const at = axis(c, c.int("axis", 0), x.dims);
    alongside(c, x.dims, indices.dims, at);
    const index = positions(c, indices, () => x.dims[at]);
    return [pick(x, indices.dims, offsetsAlong(x.dims, indices.dims, at, index))];
  },
  batch: elementsAlong(0),
  gradient(c) {
    const x = c.input(0);
    const zeros = expandLike(x.scope.constant(scalar(x.dtype, 0)), x);
    return [scatterElements(zeros, c.input(1), c.gradient, c.int("axis", 0), "add"), undefined];
  },
};
