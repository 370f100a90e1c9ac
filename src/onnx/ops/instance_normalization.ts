/** InstanceNormalization (Ulyanov et al. 2016): every plane of [N, C, D₁, …] normalised by itself, then scaled by channel. */
import { mayEqual, showShape } from "../dims.js";
import { add, div, mul, reduceMean, reshape, sqrt, square, sub } from "../functions.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import { stacking } from "./batching.js";
import { composed } from "./composed.js";
import { sameDtype } from "./elementwise.js";
import { info, type Op } from "./op.js";
import { spatialOf } from "./windows.js";

const EPSILON = 1e-5;

export const instanceNormalization: Op = {
  name: "InstanceNormalization",
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: { epsilon: "float" },
  batch: stacking,
  infer(c) {
    const { shape } = c.input(0);
    spatialOf(c, shape);
    for (const given of c.inputs.slice(1))
      if (given?.shape.length !== 1 || !mayEqual(given.shape[0], shape[1]))
        c.refuse(`scale and bias must be one a channel of ${showShape(shape)}`);
    return [info(sameDtype(c, "float"), shape)];
  },
  evaluate(c) {
    const x = c.input(0);
    const [values, scale, bias] = [readable(x), readable(c.input(1)), readable(c.input(2))];
    const size = sizeOf(x.dims.slice(2));
    const data = allocate(x.dtype, values.length);
    const write = writer(x.dtype, data);
    for (let plane = 0; plane < x.dims[0] * x.dims[1]; plane++) {
      const channel = plane % x.dims[1];
      const elements = Float64Array.from({ length: size }, (_, i) => values[plane * size + i]);
      const mean = elements.reduce((sum, v) => sum + v, 0) / size;
      const variance = elements.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size;
      const factor = scale[channel] / Math.sqrt(variance + c.float("epsilon", EPSILON));
      elements.forEach((v, i) => {
        write(plane * size + i, (v - mean) * factor + bias[channel]);
      });
    }
    return [{ dtype: x.dtype, dims: x.dims, data }];
  },
  gradient: composed((c, [x, scale, bias]) => {
    const axes = x!.shape.map((_, i) => i).slice(2);
    const centred = sub(x!, reduceMean(x!, { axes, keepdims: true }));
    const variance = reduceMean(square(centred), { axes, keepdims: true });
    const byChannel = (v: typeof scale) => reshape(v!, [-1, ...axes.map(() => 1)]);
    const inverse = div(1, sqrt(add(variance, c.float("epsilon", EPSILON))));
    return [add(mul(mul(centred, inverse), byChannel(scale)), byChannel(bias))];
  }),
};
