/** Shape: the sizes of a tensor, or some of them, as an int64 vector. */
import type { Shape as Sizes } from "../ir.js";
import { int64s } from "../tensor.js";
import { rowDims } from "./batching.js";
import type { NodeContext, Op } from "./op.js";

const part = (c: NodeContext, shape: Sizes): Sizes => shape.slice(c.int("start", 0), c.int("end", shape.length));

export const shape: Op = {
  name: "Shape",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { start: "int", end: "int" },
  infer(c) {
    const sizes = part(c, c.input(0).shape);
    return [{ dtype: "int64", shape: [sizes.length], sizes }];
  },
  evaluate: (c) => [int64s(part(c, c.input(0).dims) as number[])],
  batch: (c) => [{ value: c.rows.scope.constant(int64s(part(c, rowDims(c, c.input(0))) as number[])), batched: false }],
  gradient: () => [undefined],
};
