/**
 * LayerNormalization (Ba et al. 2016): the elements of the axes from `axis` on less their mean, over the root of their
 * variance, times a scale, plus a bias. Outputs 2 and 3, where they are asked for, are that mean and one over that root.
 */
import { broadcast, broadcastOffsets, mayEqual, showShape } from "../dims.js";
import { add, div, mul, reduceMean, sqrt, square, sub } from "../functions.js";
import type { Shape } from "../ir.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import { alongAxis } from "./batching.js";
import { composed } from "./composed.js";
import { sameDtype } from "./elementwise.js";
import { axis } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";

const EPSILON = 1e-5;

const first = (c: NodeContext, shape: Shape): number => axis(c, c.int("axis", -1), shape);
const statistics = (shape: Shape, from: number): Shape => shape.map((d, i) => (i < from ? d : 1));

export const layerNormalization: Op = {
  name: "LayerNormalization",
  inputs: [2, 3],
  outputs: [1, 3],
  attributes: { axis: "int", epsilon: "float", stash_type: "int" },
  batch: alongAxis(-1),
  infer(c) {
    const dtype = sameDtype(c, "float");
    const { shape } = c.input(0);
    const from = first(c, shape);
    for (const given of c.inputs.slice(1)) {
      const joint = given && broadcast(given.shape, shape);
      if (given && (joint?.length !== shape.length || !joint.every((d, i) => mayEqual(d, shape[i]))))
        c.refuse(`${showShape(given.shape)} does not broadcast to ${showShape(shape)}`);
    }
    const narrow = info(dtype, statistics(shape, from));
    return [info(dtype, shape), narrow, narrow].slice(0, c.node.outputs.length);
  },
  evaluate(c) {
    const [x, scale, bias] = [c.input(0), c.input(1), c.inputs[2]];
    const from = first(c, x.dims);
    const dims = statistics(x.dims, from) as number[];
    const size = sizeOf(x.dims.slice(from));
    const values = readable(x);
    const [s, b] = [readable(scale), bias && readable(bias)];
    const [at, bt] = [broadcastOffsets(scale.dims, x.dims), bias && broadcastOffsets(bias.dims, x.dims)];
    const outputs = [
      allocate(x.dtype, values.length),
      allocate(x.dtype, sizeOf(dims)),
      allocate(x.dtype, sizeOf(dims)),
    ];
    const [y, mean, inverse] = outputs.map((data) => writer(x.dtype, data));
    for (let row = 0; row < values.length / size; row++) {
      const elements = Float64Array.from({ length: size }, (_, i) => values[row * size + i]);
      const middle = elements.reduce((sum, v) => sum + v, 0) / size;
      const variance = elements.reduce((sum, v) => sum + (v - middle) ** 2, 0) / size;
      const over = 1 / Math.sqrt(variance + c.float("epsilon", EPSILON));
      mean(row, middle);
      inverse(row, over);
      for (let i = row * size; i < (row + 1) * size; i++)
        y(i, (values[i] - middle) * over * s[at[i]] + (b && bt ? b[bt[i]] : 0));
    }
    return outputs
      .slice(0, c.node.outputs.length)
      .map((data, i) => ({ dtype: x.dtype, dims: i === 0 ? x.dims : dims, data }));
  },
  gradient: composed((c, [x, scale, bias]) => {
    const axes = x!.shape.map((_, i) => i).slice(first(c, x!.shape));
    const mean = reduceMean(x!, { axes, keepdims: true });
    const centred = sub(x!, mean);
    const inverse = div(
      1,
      sqrt(add(reduceMean(square(centred), { axes, keepdims: true }), c.float("epsilon", EPSILON))),
    );
    const scaled = mul(mul(centred, inverse), scale!);
    return [bias === undefined ? scaled : add(scaled, bias), mean, inverse];
  }),
};
