/**
 * BatchNormalization (Ioffe & Szegedy 2015): every channel of [N, C, …] less its mean, over the root of its variance,
 * times a scale, plus a bias. Mean and variance are inputs; with `training_mode` (opset 14) they are those of the batch,
 * and outputs 2 and 3 are the inputs moved a little towards them.
 */
import { mayEqual, showShape } from "../dims.js";
import { add, div, mul, reduceMean, reshape, sqrt, square, sub } from "../functions.js";
import type { Shape } from "../ir.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import type { Value } from "../value.js";
import { stacking } from "./batching.js";
import { composed } from "./composed.js";
import { sameDtype } from "./elementwise.js";
import { info, type NodeContext, type Op } from "./op.js";

const EPSILON = 1e-5;
const MOMENTUM = 0.9;

const trains = (c: NodeContext): boolean => c.int("training_mode", 0) !== 0;

function checkOutputs(c: NodeContext): void {
  if (c.opset < 14 && c.node.outputs.slice(1).some((name) => name !== ""))
    c.refuse("its form for training is supported from opset 14 on");
  if (!trains(c) && c.node.outputs.length > 1 && c.opset >= 14) c.refuse("it has one output unless it trains");
}

/** All axes but that of the channels. */
const others = (shape: Shape): number[] => shape.map((_, i) => i).filter((i) => i !== 1);

export const batchNormalization: Op = {
  name: "BatchNormalization",
  inputs: [5, 5],
  outputs: [1, 5],
  attributes: { epsilon: "float", momentum: "float", training_mode: "int", spatial: "int" },
  batch: stacking,
  infer(c) {
    checkOutputs(c);
    const { shape } = c.input(0);
    if (shape.length < 2) c.refuse(`it takes [N, C, …], not ${showShape(shape)}`);
    for (const given of c.inputs.slice(1))
      if (given?.shape.length !== 1 || !mayEqual(given.shape[0], shape[1]))
        c.refuse(`its scale, bias, mean and variance must be one a channel of ${showShape(shape)}`);
    const dtype = sameDtype(c, "float");
    const channel = info(dtype, c.input(3).shape);
    return [info(dtype, shape), channel, channel, channel, channel].slice(0, c.node.outputs.length);
  },
  evaluate(c) {
    checkOutputs(c);
    const x = c.input(0);
    const [values, scale, bias, mean, variance] = c.inputs.map((_, i) => readable(c.input(i)));
    const [batch, channels] = x.dims;
    const size = sizeOf(x.dims.slice(2));
    const [keep, epsilon] = [c.float("momentum", MOMENTUM), c.float("epsilon", EPSILON)];
    const shapes = [x.dims, c.input(3).dims, c.input(4).dims];
    const outputs = shapes.map((dims) => allocate(x.dtype, sizeOf(dims)));
    const [y, nextMean, nextVariance] = outputs.map((data) => writer(x.dtype, data));
    for (let channel = 0; channel < channels; channel++) {
      const at = (i: number): number => (Math.floor(i / size) * channels + channel) * size + (i % size);
      const elements = Float64Array.from({ length: batch * size }, (_, i) => values[at(i)]);
      let [middle, spread] = [mean[channel], variance[channel]];
      if (trains(c)) {
        middle = elements.reduce((sum, v) => sum + v, 0) / elements.length;
        spread = elements.reduce((sum, v) => sum + (v - middle) ** 2, 0) / elements.length;
        nextMean(channel, keep * mean[channel] + (1 - keep) * middle);
        nextVariance(channel, keep * variance[channel] + (1 - keep) * spread);
      }
      const factor = scale[channel] / Math.sqrt(spread + epsilon);
      elements.forEach((v, i) => {
        y(at(i), (v - middle) * factor + bias[channel]);
      });
    }
    return outputs.slice(0, c.node.outputs.length).map((data, i) => ({ dtype: x.dtype, dims: shapes[i], data }));
  },
  gradient: composed((c, inputs) => {
    const [x, scale, bias, mean, variance] = inputs as Value[];
    const byChannel = (v: Value): Value => reshape(v, [-1, ...x.shape.slice(2).map(() => 1)]);
    const keep = c.float("momentum", MOMENTUM);
    const axes = others(x.shape);
    const middle = trains(c) ? reduceMean(x, { axes }) : mean;
    const centred = sub(x, byChannel(middle));
    const spread = trains(c) ? reduceMean(square(centred), { axes }) : variance;
    const factor = div(scale, sqrt(add(spread, c.float("epsilon", EPSILON))));
    const moved = (from: Value, to: Value): Value => add(mul(from, keep), mul(to, 1 - keep));
    return [
      add(mul(centred, byChannel(factor)), byChannel(bias)),
      ...(trains(c) ? [moved(mean, middle), moved(variance, spread)] : []),
    ];
  }),
};
