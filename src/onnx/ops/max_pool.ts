/**
 * MaxPool: the greatest element under a kernel; output 2, where it is asked for, says which one it was, counted through
 * the whole tensor. Of equal elements the first counts, in the gradient too.
 */
import { isStatic } from "../dims.js";
import {
  concat,
  equal,
  expand,
  op,
  pad,
  reshape,
  scatterElements,
  slice,
  split,
  transpose,
  unsqueeze,
  where,
} from "../functions.js";
import { allocate, readable, scalar, sizeOf, tensor, writer } from "../tensor.js";
import { reshapeLike } from "../unbroadcast.js";
import type { Attributes, Value } from "../value.js";
import { stacking } from "./batching.js";
import { places } from "./kernel_gradient.js";
import { info, type Op } from "./op.js";
import {
  elementsUnder,
  isKnown,
  known,
  type StaticWindow,
  span,
  spatialOf,
  windowAttributes,
  windowsOf,
} from "./windows.js";

export const maxPool: Op = {
  name: "MaxPool",
  inputs: [1, 1],
  outputs: [1, 2],
  attributes: { ...windowAttributes, ceil_mode: "int", storage_order: "int" },
  laborious: true,
  batch: stacking,
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (dtype === "bool") c.refuse("it takes numbers, not bool");
    const out = [...shape.slice(0, 2), ...windowsOf(c, spatialOf(c, shape)).map((w) => w.out)];
    return [info(dtype, out), info("int64", out)].slice(0, c.node.outputs.length);
  },
  evaluate(c) {
    const x = c.input(0);
    const windows = known(windowsOf(c, spatialOf(c, x.dims)));
    const under = elementsUnder(windows);
    const parts = sizeOf(windows.map((w) => w.kernel));
    const [places, area] = [sizeOf(windows.map((w) => w.out)), sizeOf(windows.map((w) => w.size))];
    const dims = [...x.dims.slice(0, 2), ...windows.map((w) => w.out)];
    const from = readable(x);
    const data = allocate(x.dtype, sizeOf(dims));
    const indices = new Float64Array(data.length);
    const write = writer(x.dtype, data);
    const numbered = c.int("storage_order", 0) === 0 ? (at: number) => at : columnMajor(windows.map((w) => w.size));
    for (let plane = 0, to = 0; plane < x.dims[0] * x.dims[1]; plane++)
      for (let place = 0; place < places; place++, to++) {
        let [best, where] = [Number.NEGATIVE_INFINITY, -1];
        for (let part = 0; part < parts; part++) {
          const at = under[place * parts + part];
          if (at >= 0 && (where < 0 || from[plane * area + at] > best)) [best, where] = [from[plane * area + at], at];
        }
        write(to, best);
        indices[to] = plane * area + numbered(Math.max(where, 0));
      }
    return [{ dtype: x.dtype, dims, data }, tensor("int64", dims, indices)].slice(0, c.node.outputs.length);
  },
  gradient(c) {
    const x = c.input(0);
    const windows = windowsOf(c, spatialOf(c, x.shape));
    const walk: Attributes = Object.fromEntries(Object.entries(c.node.attributes).map(([name, a]) => [name, a.value]));
    if (isKnown(windows) && tiles(windows)) return [overTiles(x, c.outputs[0], c.gradient, windows)];
    const rowMajor = c.int("storage_order", 0) === 0;
    const indices =
      (rowMajor ? c.outputs[1] : undefined) ?? x.scope.emit("MaxPool", [x], { ...walk, storage_order: 0 }, 2)[1];
    const zero = x.scope.constant(scalar(x.dtype, 0));
    const zeros = expand(zero, isStatic(x.shape) ? [sizeOf(x.shape)] : unsqueeze(op("Size", [x]), [0]));
    const flat = (v: typeof x): typeof x => reshape(v, [-1]);
    // an element under one kernel only gets one gradient
    const apart = windows.every((w) => w.stride >= span(w));
    return [reshapeLike(scatterElements(zeros, flat(indices), flat(c.gradient), 0, apart ? "none" : "add"), x)];
  },
};

/** Parts of a kernel up to which kernels that lie side by side are taken apart. */
const MOST_PARTS = 16;

const tiles = (windows: readonly StaticWindow[]): boolean =>
  sizeOf(windows.map((w) => w.kernel)) <= MOST_PARTS &&
  windows.every((w) => w.stride === w.kernel && span(w) === w.kernel && w.before === 0 && w.out * w.kernel <= w.size);

/**
 * The gradient where kernels lie side by side: part by part of the kernel, what is the greatest takes what no part
 * before it took. More than twice as fast as placing by index, for which ONNX Runtime pools slowly.
 */
function overTiles(x: Value, y: Value, g: Value, windows: readonly StaticWindow[]): Value {
  const planes = (v: Value): Value => reshape(v, [-1, ...windows.map((w) => w.out)]);
  const under = partsOf(x, windows);
  const greatest = planes(y);
  let left = planes(g);
  let parts = under.map((part, i) => {
    if (i === under.length - 1) return left;
    const here = equal(part, greatest);
    const taken = where(here, left, 0);
    left = where(here, 0, left);
    return taken;
  });
  // parts of the last axis are put between one another, then those of the axis before
  for (let axis = windows.length - 1; axis >= 0; axis--) {
    const { kernel } = windows[axis];
    const shape = windows.map((w, i) => (i < axis ? w.out : w.out * w.kernel));
    parts = Array.from({ length: parts.length / kernel }, (_, i) => {
      const side = parts.slice(i * kernel, (i + 1) * kernel).map((v) => unsqueeze(v, [axis + 2]));
      return reshape(concat(side, axis + 2), [-1, ...shape]);
    });
  }
  const after = windows.map((w) => w.size - w.out * w.kernel);
  const none = after.map(() => 0);
  return reshapeLike(after.every((n) => n === 0) ? parts[0] : pad(parts[0], [0, ...none], [0, ...after]), x);
}

/**
 * What lies under each part of kernels side by side, in row-major order of the parts, each of shape [planes, o₁, …].
 *
 * The last axis is taken apart by turning [.., o, k] into [k, .., o], which ONNX Runtime does three times as fast as
 * it slices every k-th element.
 */
function partsOf(x: Value, windows: readonly StaticWindow[]): Value[] {
  const [before, last] = [windows.slice(0, -1), windows[windows.length - 1]];
  const ends = windows.map((w) => w.out * w.kernel);
  const axes = windows.map((_, i) => i + 2);
  const none = windows.map(() => 0);
  const covered = windows.some((w, i) => w.size > ends[i]) ? slice(x, none, ends, axes) : x;
  const turned = transpose(reshape(covered, [-1, last.kernel]), [1, 0]);
  const ones = new Array<number>(last.kernel).fill(1);
  const columns = split(turned, ones, 0).map((v) => reshape(v, [-1, ...ends.slice(0, -1), last.out]));
  if (before.length === 0) return columns;
  const kernel = before.map((w) => w.kernel);
  const rows = before.map((_, i) => i + 1);
  return places(kernel).flatMap((at) => columns.map((v) => slice(v, at, ends.slice(0, -1), rows, kernel)));
}

/** The number that an element has when the first of the axes counts fastest. */
function columnMajor(sizes: readonly number[]): (at: number) => number {
  return (at) => {
    let [left, number] = [at, 0];
    for (const size of sizes.toReversed()) {
      number = number * size + (left % size);
      left = Math.floor(left / size);
    }
    return number;
  };
}
