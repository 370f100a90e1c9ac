/** GatherND: slices at positions, each given by the last axis of the indices; the first axes may be shared batches. */
import { isStatic, mayEqual, showShape, stridesOf } from "../dims.js";
import { concat, expand, scatterND } from "../functions.js";
import type { Dim, Shape, Tensor } from "../ir.js";
import { int64s, readable, scalar, sizeOf, tensor } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import { spread } from "./batching.js";
import { integerIndices } from "./indices.js";
import { info, type NodeContext, type Op } from "./op.js";
import { pick } from "./permute.js";

/** The shape that indices lead to, and how many axes each index goes through. */
function plan(c: NodeContext, shape: Shape, indices: Shape): { depth: number; batch: number; out: Dim[] } {
  const batch = c.int("batch_dims", 0);
  const depth = indices.at(-1);
  if (typeof depth !== "number") return c.unknown("the last size of its indices is not known");
  if (batch < 0 || batch >= Math.min(shape.length, indices.length) || depth < 1 || batch + depth > shape.length)
    c.refuse(`indices of shape ${showShape(indices)} do not fit ${showShape(shape)}`);
  if (shape.slice(0, batch).some((d, i) => !mayEqual(d, indices[i])))
    c.refuse(`the first ${batch} sizes of ${showShape(shape)} and ${showShape(indices)} differ`);
  return { depth, batch, out: [...indices.slice(0, -1), ...shape.slice(batch + depth)] };
}

/** Offsets at which the index tuples begin, in a tensor of shape `dims` of which the first `batch` axes are shared. */
export function tuples(c: NodeContext, dims: readonly number[], indices: Tensor, depth: number, batch: number) {
  const strides = stridesOf(dims);
  const values = readable(indices);
  const block = sizeOf(dims.slice(batch));
  const perBatch = sizeOf(indices.dims.slice(batch)) / depth;
  return Array.from({ length: values.length / depth }, (_, i) => {
    let offset = Math.floor(i / perBatch) * block;
    for (let k = 0; k < depth; k++) {
      const [index, size] = [values[i * depth + k], dims[batch + k]];
      const at = index < 0 ? index + size : index;
      if (!(at >= 0 && at < size)) c.refuse(`index ${index} is out of range for size ${size}`);
      offset += at * strides[batch + k];
    }
    return offset;
  });
}

/** Offsets of all elements of slices of `width` elements that begin at these. */
export const slicesAt = (starts: readonly number[], width: number): Int32Array =>
  Int32Array.from({ length: starts.length * width }, (_, i) => starts[Math.floor(i / width)] + (i % width));

export const gatherND: Op = {
  name: "GatherND",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { batch_dims: "int" },
  infer(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    integerIndices(c, indices, []);
    return [info(x.dtype, plan(c, x.shape, indices.shape).out)];
  },
  evaluate(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    const { depth, batch, out } = plan(c, x.dims, indices.dims);
    const starts = tuples(c, x.dims, indices, depth, batch);
    return [pick(x, out as number[], slicesAt(starts, sizeOf(x.dims.slice(batch + depth))))];
  },
  batch(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    const shared = c.int("batch_dims", 0);
    // of one tensor for all rows, rows are picked as more of the indices
    if (!x.batched && shared === 0) return c.emit([x.value, indices.value]);
    return c.emit([spread(c, x), spread(c, indices)], { batch_dims: shared + 1 });
  },
  gradient(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    const { batch } = plan(c, x.shape, indices.shape);
    const zeros = expandLike(x.scope.constant(scalar(x.dtype, 0)), x);
    const lead = x.shape.slice(0, batch);
    const rest = indices.shape.slice(batch, -1);
    if (batch > 0 && !(isStatic(lead) && isStatic(rest)))
      return c.refuse("its gradient is known for batches of known size only");
    // ScatterND has no batches: their indices are put before the others
    const counters = lead.map((_, axis) => {
      const dims = [...lead.map((d, i) => (i === axis ? (d as number) : 1)), ...rest.map(() => 1), 1];
      const count = int64s(Array.from({ length: lead[axis] as number }, (_, i) => i));
      return expand(x.scope.constant(tensor("int64", dims, count.data)), [
        ...(lead as number[]),
        ...(rest as number[]),
        1,
      ]);
    });
    const whole = batch === 0 ? indices : concat([...counters, indices], -1);
    return [scatterND(zeros, whole, c.gradient, "add"), undefined];
  },
};
