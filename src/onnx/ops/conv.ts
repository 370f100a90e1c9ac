/**
 * Conv: a kernel of weights [M, C/groups, k₁, …] slides over [N, C, D₁, …], any number of spatial axes.
 *
 * Gradients are convolutions too (Dumoulin & Visin, A guide to convolution arithmetic, 2016): by the input ConvTranspose
 * with the same weights; by the weights a Conv in which the batch takes the place of the channels.
 */
import { isStatic, mayEqual, showShape } from "../dims.js";
import { convTranspose, reduceSum } from "../functions.js";
import type { Shape } from "../ir.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import { stacking } from "./batching.js";
import { sameDtype } from "./elementwise.js";
import { gradientByKernel } from "./kernel_gradient.js";
import { info, type NodeContext, type Op } from "./op.js";
import { elementsUnder, known, spatialOf, windowAttributes, windowsOf } from "./windows.js";

function plan(c: NodeContext, x: Shape, w: Shape, bias: Shape | undefined) {
  const spatial = spatialOf(c, x);
  const groups = c.int("group", 1);
  if (w.length !== x.length || !isStatic(w.slice(1)))
    return c.refuse(`weights ${showShape(w)} do not fit an input of shape ${showShape(x)}`);
  const [outputs, ...rest] = w;
  const [channels, ...kernel] = rest as number[];
  if (groups < 1 || (typeof outputs === "number" && outputs % groups !== 0) || !mayEqual(x[1], channels * groups))
    c.refuse(`weights ${showShape(w)} in ${groups} groups do not fit an input of shape ${showShape(x)}`);
  if (bias !== undefined && (bias.length !== 1 || !mayEqual(bias[0], outputs)))
    c.refuse(`its bias of shape ${showShape(bias)} is not one a channel`);
  return { groups, outputs, channels, kernel, windows: windowsOf(c, spatial, kernel) };
}

export const conv: Op = {
  name: "Conv",
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: { ...windowAttributes, group: "int" },
  batch: stacking,
  infer(c) {
    const { outputs, windows } = plan(c, c.input(0).shape, c.input(1).shape, c.inputs[2]?.shape);
    return [info(sameDtype(c, "float"), [c.input(0).shape[0], outputs, ...windows.map((w) => w.out)])];
  },
  evaluate(c) {
    const [x, w, bias] = [c.input(0), c.input(1), c.inputs[2]];
    const p = plan(c, x.dims, w.dims, bias?.dims);
    const windows = known(p.windows);
    const under = elementsUnder(windows);
    const [batch, outputs, parts] = [x.dims[0], p.outputs as number, sizeOf(p.kernel)];
    const places = sizeOf(windows.map((a) => a.out));
    const area = sizeOf(windows.map((a) => a.size));
    const [from, weights, offsets] = [readable(x), readable(w), bias && readable(bias)];
    const dims = [batch, outputs, ...windows.map((a) => a.out)];
    const data = allocate(x.dtype, sizeOf(dims));
    const write = writer(x.dtype, data);
    for (let n = 0, to = 0; n < batch; n++)
      for (let m = 0; m < outputs; m++) {
        const first = Math.floor((m * p.groups) / outputs) * p.channels;
        for (let place = 0; place < places; place++) {
          let sum = offsets?.[m] ?? 0;
          for (let channel = 0; channel < p.channels; channel++) {
            const plane = (n * p.channels * p.groups + first + channel) * area;
            for (let part = 0; part < parts; part++) {
              const at = under[place * parts + part];
              if (at >= 0) sum += from[plane + at] * weights[(m * p.channels + channel) * parts + part];
            }
          }
          write(to++, sum);
        }
      }
    return [{ dtype: x.dtype, dims, data }];
  },
  gradient(c) {
    const [x, w, g] = [c.input(0), c.input(1), c.gradient];
    const { groups, windows } = plan(c, x.shape, w.shape, undefined);
    const byInput = () =>
      convTranspose(g, w, undefined, {
        group: groups,
        strides: windows.map((a) => a.stride),
        dilations: windows.map((a) => a.dilation),
        pads: [...windows.map((a) => a.before!), ...windows.map((a) => a.after!)],
        output_padding: windows.map((a) => {
          if (a.stride === 1) return 0;
          if (typeof a.size === "string") return c.refuse("its gradient at strides above 1 needs sizes that are known");
          return (a.size + a.before! + a.after! - (a.kernel - 1) * a.dilation - 1) % a.stride;
        }),
      });
    return [
      c.wants(0) ? byInput() : undefined,
      c.wants(1) ? gradientByKernel(x, g, windows, groups) : undefined,
      c.inputs[2] && c.wants(2) ? reduceSum(g, { axes: [0, ...windows.map((_, i) => i + 2)] }) : undefined,
    ].slice(0, c.inputs.length);
  },
};
