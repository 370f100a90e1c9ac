/** TopK: the k greatest elements along an axis (or least), in order, and where they were; of equal ones the first. */

import { UNKNOWN } from "../dims.js";
import { scatterElements } from "../functions.js";
import type { Dim, Shape } from "../ir.js";
import { readable, scalar, sizeOf, tensor } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import { alongAxis } from "./batching.js";
import { axis, integers, sizes } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";
import { pick } from "./permute.js";

function chosen(c: NodeContext, shape: Shape, k: Dim): Dim[] {
  const at = axis(c, c.int("axis", -1), shape);
  const size = shape[at];
  if (typeof k === "number" && (k < 0 || (typeof size === "number" && k > size)))
    c.refuse(`it is asked for ${k} of ${size} elements`);
  return shape.with(at, k);
}

export const topK: Op = {
  name: "TopK",
  inputs: [2, 2],
  outputs: [2, 2],
  attributes: { axis: "int", largest: "int", sorted: "int" },
  batch: alongAxis(-1),
  infer(c) {
    const [x, k] = [c.input(0), c.input(1)];
    if (x.dtype === "bool") c.refuse("it takes numbers, not bool");
    if (k.dtype !== "int64") c.refuse(`its k must be int64, not ${k.dtype}`);
    const out = chosen(c, x.shape, sizes(k)?.[0] ?? UNKNOWN);
    return [info(x.dtype, out), info("int64", out)];
  },
  evaluate(c) {
    const x = c.input(0);
    const at = axis(c, c.int("axis", -1), x.dims);
    const k = integers(c, 1)![0];
    const dims = chosen(c, x.dims, k) as number[];
    const [size, inner] = [x.dims[at], sizeOf(x.dims.slice(at + 1))];
    const sign = c.int("largest", 1) !== 0 ? -1 : 1;
    const from = readable(x);
    const offsets = new Int32Array(sizeOf(dims));
    const indices = new Float64Array(offsets.length);
    for (let block = 0; block < from.length / (size * inner || 1); block++)
      for (let column = 0; column < inner; column++) {
        const start = block * size * inner + column;
        const order = Array.from({ length: size }, (_, i) => i).sort(
          (a, b) => sign * (from[start + a * inner] - from[start + b * inner]) || a - b,
        );
        for (let i = 0; i < k; i++) {
          const to = (block * k + i) * inner + column;
          offsets[to] = start + order[i] * inner;
          indices[to] = order[i];
        }
      }
    return [pick(x, dims, offsets), tensor("int64", dims, indices)];
  },
  gradient(c) {
    const x = c.input(0);
    const zeros = expandLike(x.scope.constant(scalar(x.dtype, 0)), x);
    return [scatterElements(zeros, c.outputs[1], c.gradient, axis(c, c.int("axis", -1), x.shape)), undefined];
  },
};
