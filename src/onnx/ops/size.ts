/** Size: the number of elements, as an int64 scalar. */
import { missingFactor, UNKNOWN } from "../dims.js";
import { scalar, sizeOf } from "../tensor.js";
import { rowDims } from "./batching.js";
import type { Op } from "./op.js";

export const size: Op = {
  name: "Size",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  infer(c) {
    const size = missingFactor(c.input(0).shape, []);
    return [{ dtype: "int64", shape: [], ...(size !== undefined && size !== UNKNOWN && { sizes: [size] }) }];
  },
  evaluate: (c) => [scalar("int64", c.input(0).data.length)],
  batch: (c) => [{ value: c.rows.scope.constant(scalar("int64", sizeOf(rowDims(c, c.input(0))))), batched: false }],
  gradient: () => [undefined],
};
