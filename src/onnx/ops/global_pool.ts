/** What the pools over whole spatial axes share: they are reductions that keep the axes. */
import type { reduceMean } from "../functions.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import { stacking } from "./batching.js";
import { composed } from "./composed.js";
import { sameDtype } from "./elementwise.js";
import { info, type Op } from "./op.js";
import { spatialOf } from "./windows.js";

export const globalPool = (name: string, f: (plane: Float64Array) => number, same: typeof reduceMean): Op => ({
  name,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  batch: stacking,
  infer(c) {
    const { shape } = c.input(0);
    return [info(sameDtype(c, "float"), [...shape.slice(0, 2), ...spatialOf(c, shape).map(() => 1)])];
  },
  evaluate(c) {
    const x = c.input(0);
    const area = sizeOf(spatialOf(c, x.dims) as number[]);
    const dims = x.dims.map((d, i) => (i < 2 ? d : 1));
    const from = readable(x);
    const data = allocate(x.dtype, sizeOf(dims));
    const write = writer(x.dtype, data);
    for (let i = 0; i < data.length; i++)
      write(i, f(Float64Array.from({ length: area }, (_, k) => from[i * area + k])));
    return [{ dtype: x.dtype, dims, data }];
  },
  gradient: composed((_, [x]) => [same(x!, { axes: x!.shape.map((_, i) => i).slice(2), keepdims: true })]),
});
