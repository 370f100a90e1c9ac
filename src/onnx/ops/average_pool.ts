/**
 * AveragePool: the mean of the elements under a kernel. Padding counts as zeros with `count_include_pad`, and not at
 * all without; what `ceil_mode` reaches behind the padding never counts. The gradient lays each share under its kernel.
 */
import { convTranspose, div, reshape } from "../functions.js";
import type { Dtype } from "../ir.js";
import { allocate, readable, sizeOf, tensor, writer } from "../tensor.js";
import { reshapeLike } from "../unbroadcast.js";
import { stacking } from "./batching.js";
import { sameDtype } from "./elementwise.js";
import { info, type NodeContext, type Op } from "./op.js";
import { without } from "./upgrades.js";
import {
  BEYOND,
  elementsUnder,
  isKnown,
  known,
  PADDING,
  type StaticWindow,
  span,
  spatialOf,
  windowAttributes,
  windowsOf,
} from "./windows.js";

/** For every place of the kernel, how many elements its mean is over. */
function counts(c: NodeContext, windows: readonly StaticWindow[], under: Int32Array): Float64Array {
  const parts = sizeOf(windows.map((w) => w.kernel));
  const padded = c.int("count_include_pad", 0) !== 0;
  return Float64Array.from({ length: under.length / parts }, (_, place) => {
    const part = under.subarray(place * parts, (place + 1) * parts);
    return part.filter((at) => at !== BEYOND && (padded || at !== PADDING)).length;
  });
}

/** Elements of the axis behind the last kernel; below zero where the kernel stands out. */
const beyond = (w: StaticWindow): number => w.size + w.before - (w.out - 1) * w.stride - span(w);

export const averagePool: Op = {
  name: "AveragePool",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { ...windowAttributes, ceil_mode: "int", count_include_pad: "int" },
  laborious: true,
  upgrade(c) {
    if (c.ints("dilations")?.some((d) => d !== 1)) c.lost("its dilations came with opset 19");
    return [{ ...c.node, attributes: without(c.node, "dilations") }];
  },
  batch: stacking,
  infer(c) {
    const { shape } = c.input(0);
    const out = [...shape.slice(0, 2), ...windowsOf(c, spatialOf(c, shape)).map((w) => w.out)];
    return [info(sameDtype(c, "float"), out)];
  },
  evaluate(c) {
    const x = c.input(0);
    const windows = known(windowsOf(c, spatialOf(c, x.dims)));
    const under = elementsUnder(windows);
    const count = counts(c, windows, under);
    const parts = sizeOf(windows.map((w) => w.kernel));
    const area = sizeOf(windows.map((w) => w.size));
    const dims = [...x.dims.slice(0, 2), ...windows.map((w) => w.out)];
    const from = readable(x);
    const data = allocate(x.dtype, sizeOf(dims));
    const write = writer(x.dtype, data);
    for (let plane = 0, to = 0; plane < x.dims[0] * x.dims[1]; plane++)
      for (let place = 0; place < count.length; place++) {
        let sum = 0;
        for (let part = 0; part < parts; part++) {
          const at = under[place * parts + part];
          if (at >= 0) sum += from[plane * area + at];
        }
        write(to++, sum / count[place]);
      }
    return [{ dtype: x.dtype, dims, data }];
  },
  gradient(c) {
    const [x, g] = [c.input(0), c.gradient];
    const windows = windowsOf(c, spatialOf(c, x.shape));
    if (!isKnown(windows)) return c.refuse("its gradient needs spatial sizes that are known");
    const count = counts(c, windows, elementsUnder(windows));
    const constant = (dims: readonly number[], values: ArrayLike<number>, dtype: Dtype) =>
      x.scope.constant(tensor(dtype, dims, values));
    const out = windows.map((w) => w.out);
    const equal = count.every((n) => n === count[0]);
    const share = equal ? div(g, count[0]) : div(g, constant([1, 1, ...out], count, g.dtype));
    // one channel after another: the kernel of ones is the same for all
    const planes = reshape(share, [-1, 1, ...out]);
    const kernel = windows.map((w) => w.kernel);
    const ones = constant([1, 1, ...kernel], new Float64Array(sizeOf(kernel)).fill(1), g.dtype);
    const laid = convTranspose(planes, ones, undefined, {
      strides: windows.map((w) => w.stride),
      dilations: windows.map((w) => w.dilation),
      pads: [...windows.map((w) => w.before), ...windows.map((w) => Math.max(0, -beyond(w)))],
      output_padding: windows.map((w) => Math.max(0, beyond(w))),
    });
    return [reshapeLike(laid, x)];
  },
};
