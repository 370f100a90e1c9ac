/**
 * Col2Im (PyTorch's `fold`): columns, each of which is a block of an image, put back where they were cut; where blocks lie
 * over one another they are added.
 */
import { isStatic, showShape, UNKNOWN } from "../dims.js";
import { gather, mul, reshape, shapeOf } from "../functions.js";
import type { Dim } from "../ir.js";
import { allocate, int64s, readable, sizeOf, tensor, writer } from "../tensor.js";
import { stacking } from "./batching.js";
import { needed, sizes as sizesOf } from "./given.js";
import { type EvaluateContext, type GradientContext, type InferContext, info, type Op } from "./op.js";
import { elementsUnder, type StaticWindow, span } from "./windows.js";

type Context = EvaluateContext | InferContext | GradientContext;

/** The walk of the block along each axis of the image. */
function windows(c: Context): StaticWindow[] {
  const [image, block] = [needed(c, 1), needed(c, 2)];
  const axes = image.length;
  const list = (name: string, otherwise: number, count = axes, least = 1): readonly number[] => {
    const given = c.ints(name) ?? new Array<number>(count).fill(otherwise);
    if (given.length !== count || given.some((v) => v < least)) c.refuse(`its ${name} [${given}] do not fit`);
    return given;
  };
  const [strides, dilations, pads] = [list("strides", 1), list("dilations", 1), list("pads", 0, 2 * axes, 0)];
  if (block.length !== axes || [...image, ...block].some((d) => d < 1))
    c.refuse(`blocks [${block}] do not make an image [${image}]`);
  return image.map((size, i) => {
    const axis = { size, kernel: block[i]!, stride: strides[i]!, dilation: dilations[i]! };
    const [before, after] = [pads[i]!, pads[i + axes]!];
    const room = size + before + after - span(axis);
    if (room < 0) c.refuse(`its block spans ${span(axis)} elements, and axis ${i + 2} of the image has fewer`);
    return { ...axis, before, after, out: Math.floor(room / axis.stride) + 1 };
  });
}

/** Channels of the image, where rows and columns fit the walk. */
function channelsOf(c: Context, [, rows, columns]: readonly Dim[], walk: readonly StaticWindow[]): Dim {
  const [parts, places] = [sizeOf(walk.map((w) => w.kernel)), sizeOf(walk.map((w) => w.out))];
  if (typeof columns === "number" && columns !== places) c.refuse(`it has ${columns} columns for ${places} blocks`);
  if (typeof rows !== "number") return UNKNOWN;
  return rows % parts === 0 ? rows / parts : c.refuse(`its ${rows} rows are no multiple of the ${parts} of a block`);
}

export const col2Im: Op = {
  name: "Col2Im",
  since: 18,
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: { dilations: "ints", pads: "ints", strides: "ints" },
  batch: stacking,
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (shape.length !== 3) c.refuse(`it takes [N, C · block, columns], not ${showShape(shape)}`);
    const image = sizesOf(c.input(1));
    if (image === undefined || c.input(2).constant === undefined || !isStatic(image)) {
      const axes = c.input(1).shape[0];
      if (typeof axes !== "number") return c.unknown("the rank of its image is not known");
      return [info(dtype, [shape[0]!, UNKNOWN, ...(image ?? new Array<Dim>(axes).fill(UNKNOWN))])];
    }
    return [info(dtype, [shape[0]!, channelsOf(c, shape, windows(c)), ...image])];
  },
  evaluate(c) {
    const x = c.input(0);
    const walk = windows(c);
    const image = walk.map(({ size }) => size);
    const dims = [x.dims[0]!, channelsOf(c, x.dims, walk) as number, ...image];
    const under = elementsUnder(walk);
    const parts = sizeOf(walk.map((w) => w.kernel));
    const [places, whole] = [under.length / parts, sizeOf(image)];
    const from = readable(x);
    const sums = allocate("float64", sizeOf(dims)) as Float64Array;
    for (let plane = 0; plane < dims[0]! * dims[1]!; plane++)
      for (let place = 0; place < places; place++)
        for (let part = 0; part < parts; part++) {
          const at = under[place * parts + part]!;
          if (at >= 0) sums[plane * whole + at]! += from[(plane * parts + part) * places + place]!;
        }
    const data = allocate(x.dtype, sums.length);
    const write = writer(x.dtype, data);
    sums.forEach((v, i) => {
      write(i, v);
    });
    return [{ dtype: x.dtype, dims, data }];
  },
  // the blocks cut again
  gradient(c) {
    const x = c.input(0);
    const walk = windows(c);
    const under = elementsUnder(walk);
    const parts = sizeOf(walk.map((w) => w.kernel));
    const places = under.length / parts;
    const turned = Array.from(
      { length: under.length },
      (_, i) => under[(i % places) * parts + Math.floor(i / places)]!,
    );
    const cut = gather(
      reshape(c.gradient, [0, 0, -1]),
      x.scope.constant(int64s(turned.map((at) => Math.max(at, 0)))),
      2,
    );
    const inside = tensor(
      x.dtype,
      [turned.length],
      turned.map((at) => (at < 0 ? 0 : 1)),
    );
    const kept = turned.some((at) => at < 0) ? mul(cut, x.scope.constant(inside)) : cut;
    return [reshape(kept, shapeOf(x)), undefined, undefined];
  },
};
