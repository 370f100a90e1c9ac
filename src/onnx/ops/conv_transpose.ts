/**
 * ConvTranspose: every element of [N, C, D₁, …] lays down the kernel [C, M/groups, k₁, …] times itself; what Conv's
 * gradient by its input is. Its own gradients are Convs.
 */
import { isStatic, mayEqual, showShape, UNKNOWN } from "../dims.js";
import { conv as convolve, reduceSum } from "../functions.js";
import type { Dim, Shape } from "../ir.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import { stacking } from "./batching.js";
import { sameDtype } from "./elementwise.js";
import { gradientByKernel } from "./kernel_gradient.js";
import { info, type NodeContext, type Op } from "./op.js";
import { elementsUnder, halves, kernelOf, known, span, spatialOf, type Window, windowAttributes } from "./windows.js";

/** The walk of the kernel over the output, which it is laid down on: `size` is the output's, `out` the input's. */
function windowsOf(c: NodeContext, spatial: Shape, weights: readonly number[]): Window[] {
  const axes = spatial.length;
  const { kernel, strides, dilations, pads, auto } = kernelOf(c, axes, weights);
  const extra = c.ints("output_padding") ?? new Array<number>(axes).fill(0);
  const wanted = c.ints("output_shape");
  if (extra.length !== axes || extra.some((e) => e < 0)) c.refuse(`its output_padding [${extra}] are not ${axes}`);
  if (wanted !== undefined && wanted.length !== axes) c.refuse(`its output_shape [${wanted}] are not ${axes}`);
  const same = auto === "SAME_UPPER" || auto === "SAME_LOWER";
  return spatial.map((out, i): Window => {
    const axis = { kernel: kernel[i], stride: strides[i], dilation: dilations[i], out };
    if (typeof out === "string") {
      const [before, after] = [pads[i], pads[i + axes]];
      const keeps = axis.stride === 1 && extra[i] + span(axis) - 1 === before + after;
      if (wanted !== undefined || same) return c.refuse("it needs sizes that are known");
      return { ...axis, before, after, size: keeps ? out : UNKNOWN };
    }
    const full = axis.stride * (out - 1) + extra[i] + span(axis);
    if (wanted === undefined && !same)
      return { ...axis, before: pads[i], after: pads[i + axes], size: full - pads[i] - pads[i + axes] };
    const size = wanted?.[i] ?? out * axis.stride;
    // an output larger than what the kernels cover ends in zeros
    return { ...axis, ...halves(Math.max(0, full - size), auto === "SAME_UPPER" ? auto : "SAME_LOWER"), size };
  });
}

function plan(c: NodeContext, x: Shape, w: Shape, bias: Shape | undefined) {
  const spatial = spatialOf(c, x);
  const groups = c.int("group", 1);
  if (w.length !== x.length || !isStatic(w)) return c.refuse(`weights ${showShape(w)} do not fit ${showShape(x)}`);
  const [inputs, each, ...kernel] = w;
  if (groups < 1 || inputs % groups !== 0 || !mayEqual(x[1], inputs))
    c.refuse(`weights ${showShape(w)} in ${groups} groups do not fit an input of shape ${showShape(x)}`);
  const outputs = each * groups;
  if (bias !== undefined && (bias.length !== 1 || !mayEqual(bias[0], outputs)))
    c.refuse(`its bias of shape ${showShape(bias)} is not one a channel`);
  const windows = windowsOf(c, spatial, kernel);
  if (windows.some(({ size }) => typeof size === "number" && size < 1))
    c.refuse("its pads leave nothing of the output");
  return { groups, inputs, each, outputs, kernel, windows };
}

export const convTranspose: Op = {
  name: "ConvTranspose",
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: { ...windowAttributes, group: "int", output_padding: "ints", output_shape: "ints" },
  batch: stacking,
  infer(c) {
    const { outputs, windows } = plan(c, c.input(0).shape, c.input(1).shape, c.inputs[2]?.shape);
    const dims: Dim[] = [c.input(0).shape[0], outputs, ...windows.map((w) => w.size)];
    return [info(sameDtype(c, "float"), dims)];
  },
  evaluate(c) {
    const [x, w, bias] = [c.input(0), c.input(1), c.inputs[2]];
    const p = plan(c, x.dims, w.dims, bias?.dims);
    const windows = known(p.windows);
    const under = elementsUnder(windows);
    const [batch, parts] = [x.dims[0], sizeOf(p.kernel)];
    const places = sizeOf(windows.map((a) => a.out));
    const area = sizeOf(windows.map((a) => a.size));
    const [from, weights, offsets] = [readable(x), readable(w), bias && readable(bias)];
    const dims = [batch, p.outputs, ...windows.map((a) => a.size)];
    const data = allocate(x.dtype, sizeOf(dims));
    const write = writer(x.dtype, data);
    const plane = new Float64Array(area);
    for (let n = 0; n < batch; n++)
      for (let m = 0; m < p.outputs; m++) {
        plane.fill(offsets?.[m] ?? 0);
        const [group, channels] = [Math.floor(m / p.each), p.inputs / p.groups];
        for (let channel = group * channels; channel < (group + 1) * channels; channel++)
          for (let place = 0; place < places; place++) {
            const value = from[(n * p.inputs + channel) * places + place];
            for (let part = 0; part < parts; part++) {
              const at = under[place * parts + part];
              if (at >= 0) plane[at] += value * weights[(channel * p.each + (m % p.each)) * parts + part];
            }
          }
        for (let i = 0; i < area; i++) write((n * p.outputs + m) * area + i, plane[i]);
      }
    return [{ dtype: x.dtype, dims, data }];
  },
  gradient(c) {
    const [x, w, g] = [c.input(0), c.input(1), c.gradient];
    const { groups, windows } = plan(c, x.shape, w.shape, undefined);
    for (const a of windows)
      if (typeof a.size === "number" && Math.floor((a.size + a.before! + a.after! - span(a)) / a.stride) + 1 !== a.out)
        c.refuse("its gradient is not known where output_padding is as large as the stride");
    const byInput = () =>
      convolve(g, w, undefined, {
        group: groups,
        strides: windows.map((a) => a.stride),
        dilations: windows.map((a) => a.dilation),
        pads: [...windows.map((a) => a.before!), ...windows.map((a) => a.after!)],
      });
    return [
      c.wants(0) ? byInput() : undefined,
      c.wants(1) ? gradientByKernel(g, x, windows, groups) : undefined,
      c.inputs[2] && c.wants(2) ? reduceSum(g, { axes: [0, ...windows.map((_, i) => i + 2)] }) : undefined,
    ].slice(0, c.inputs.length);
  },
};
