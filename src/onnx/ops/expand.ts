/** Expand: broadcasts to a shape given as a vector (both ways: sizes of the input may win). */
import { broadcast, broadcastOffsets, showShape, UNKNOWN } from "../dims.js";
import { expand as spreadTo } from "../functions.js";
import type { Dim } from "../ir.js";
import { numbers } from "../tensor.js";
import { unbroadcast } from "../unbroadcast.js";
import { aligned, onlyFirst, rowDims } from "./batching.js";
import { sizes } from "./given.js";
import { info, type Op } from "./op.js";
import { pick } from "./permute.js";

export const expand: Op = {
  name: "Expand",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  moves: [0],
  infer(c) {
    const { dtype, shape } = c.input(0);
    const rank = c.input(1).shape[0];
    if (typeof rank !== "number") return c.unknown("the rank of its new shape is not known");
    const to = sizes(c.input(1)) ?? new Array<Dim>(rank).fill(UNKNOWN);
    return [
      info(dtype, broadcast(shape, to) ?? c.refuse(`${showShape(shape)} cannot be expanded to ${showShape(to)}`)),
    ];
  },
  evaluate(c) {
    const x = c.input(0);
    const to = numbers(c.input(1));
    const dims = broadcast(x.dims, to) ?? c.refuse(`${showShape(x.dims)} cannot be expanded to ${showShape(to)}`);
    return [pick(x, dims as number[], broadcastOffsets(x.dims, dims as number[]))];
  },
  batch(c) {
    onlyFirst(c);
    const dims = rowDims(c, c.results[0]);
    return [spreadTo(aligned(c.input(0), dims.length), [1, ...dims])];
  },
  gradient: (c) => [unbroadcast(c.gradient, c.input(0)), undefined],
};
