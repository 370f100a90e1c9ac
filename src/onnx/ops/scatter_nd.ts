/** ScatterND: a tensor with slices replaced by updates, or combined with them, at positions. The opposite of GatherND. */
import { showShape } from "../dims.js";
import { concat, expand, gatherND, op, scatterND as place, reshape, squeeze } from "../functions.js";
import type { Shape } from "../ir.js";
import { scalar, sizeOf } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import { batchShape, rowDims, spread } from "./batching.js";
import { slicesAt, tuples } from "./gather_nd.js";
import { integerIndices } from "./indices.js";
import { info, type NodeContext, type Op } from "./op.js";
import { reductionOf, scattered } from "./scatter.js";

/** How many axes each index goes through. */
function depthOf(c: NodeContext, shape: Shape, indices: Shape, updates: Shape): number {
  const depth = indices.at(-1);
  if (typeof depth !== "number") return c.unknown("the last size of its indices is not known");
  const wanted = [...indices.slice(0, -1), ...shape.slice(depth)];
  const fits = updates.every((d, i) => typeof d === "string" || typeof wanted[i] === "string" || d === wanted[i]);
  if (depth < 1 || depth > shape.length || updates.length !== wanted.length || !fits)
    c.refuse(
      `indices of shape ${showShape(indices)} and updates of ${showShape(updates)} do not fit ${showShape(shape)}`,
    );
  return depth;
}

export const scatterND: Op = {
  name: "ScatterND",
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: { reduction: "string" },
  infer(c) {
    const [x, indices, updates] = [c.input(0), c.input(1), c.input(2)];
    integerIndices(c, indices, []);
    reductionOf(c);
    if (updates.dtype !== x.dtype) c.refuse(`its updates must be ${x.dtype} like its input, not ${updates.dtype}`);
    depthOf(c, x.shape, indices.shape, updates.shape);
    return [info(x.dtype, x.shape)];
  },
  evaluate(c) {
    const [x, indices, updates] = [c.input(0), c.input(1), c.input(2)];
    const depth = depthOf(c, x.dims, indices.dims, updates.dims);
    const starts = tuples(c, x.dims, indices, depth, 0);
    return [scattered(x, updates, slicesAt(starts, sizeOf(x.dims.slice(depth))), reductionOf(c))];
  },
  batch(c) {
    const [x, indices, updates] = [c.input(0), c.input(1), c.input(2)];
    // ScatterND has no batches: an index goes through the axis of rows too
    const { scope } = c.rows;
    const [first, step] = [0, 1].map((v) => scope.constant(scalar("int64", v)));
    const counted = reshape(op("Range", [first, squeeze(c.rows, [0]), step]), [-1, ...indices.shape.map(() => 1)]);
    const row = expand(counted, batchShape(c, rowDims(c, indices).with(-1, 1)));
    return c.emit([spread(c, x), concat([row, spread(c, indices)], -1), spread(c, updates)]);
  },
  // of indices that repeat without a reduction, ONNX leaves open which update counts; each gets the gradient
  gradient(c) {
    const [indices, updates] = [c.input(1), c.input(2)];
    const reduction = reductionOf(c);
    if (reduction !== "none" && reduction !== "add")
      c.refuse(`its gradient is not known for the reduction ${reduction}`);
    const zeros = () => expandLike(updates.scope.constant(scalar(updates.dtype, 0)), updates);
    return [
      c.wants(0) ? (reduction === "add" ? c.gradient : place(c.gradient, indices, zeros())) : undefined,
      undefined,
      c.wants(2) ? gatherND(c.gradient, indices) : undefined,
    ];
  },
};
