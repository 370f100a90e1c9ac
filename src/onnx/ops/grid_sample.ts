/**
 * GridSample (Jaderberg et al. 2015): elements of an image at places that a grid names, from −1 to 1 along each axis, the last
 * axis first; interpolated between neighbours. What lies beyond the image is zero, its border, or its reflection.
 */
import { isStatic, showShape, stridesOf } from "../dims.js";
import {
  abs,
  add,
  cast,
  concat,
  div,
  expand,
  floor,
  gather,
  gatherElements,
  greaterOrEqual,
  lessOrEqual,
  max,
  min,
  mul,
  op,
  reshape,
  shapeOf,
  slice,
  sub,
  unsqueeze,
} from "../functions.js";
import type { Shape } from "../ir.js";
import { rint } from "../rounding.js";
import { allocate, readable, scalar, sizeOf, writer } from "../tensor.js";
import type { Value } from "../value.js";
import { batchShape, rowDims, spread } from "./batching.js";
import { composed } from "./composed.js";
import { sameDtype } from "./elementwise.js";
import { info, type NodeContext, type Op } from "./op.js";

/** From this opset on images have any number of axes, and the modes other names. */
const ANY_RANK = 20;
const A = -0.75;

/** Neighbours of a place: how far each is from the one before it, and its weight by how far the place is behind that. */
const kernels = {
  nearest: { taps: [0] },
  linear: { taps: [0, 1] },
  cubic: { taps: [-1, 0, 1, 2] },
} as const;
type Mode = keyof typeof kernels;

function how(c: NodeContext) {
  const named = c.text("mode") ?? "linear";
  const mode = named.replace(/^bi(linear|cubic)$/, "$1") as Mode;
  if (!Object.hasOwn(kernels, mode)) c.refuse(`its mode ${named} is not known`);
  const padding = c.text("padding_mode") ?? "zeros";
  if (!["zeros", "border", "reflection"].includes(padding)) c.refuse(`its padding_mode ${padding} is not known`);
  return { mode, padding, corners: c.int("align_corners", 0) !== 0 };
}

/** The weight of a neighbour at a distance (Keys 1981). */
const weight = (mode: Mode, d: number): number =>
  mode === "nearest"
    ? 1
    : mode === "linear"
      ? 1 - d
      : d <= 1
        ? ((A + 2) * d - (A + 3)) * d * d + 1
        : ((A * d - 5 * A) * d + 8 * A) * d - 4 * A;

/** The place of an element that is beyond an axis of `size`; −1 for none. */
function held(i: number, size: number, padding: string, corners: boolean): number {
  if (i >= 0 && i < size) return i;
  if (padding === "zeros" || !Number.isFinite(i)) return -1;
  if (padding === "border") return Math.min(Math.max(i, 0), size - 1);
  const [start, length] = corners ? [0, size - 1] : [-0.5, size];
  if (length === 0) return 0;
  const along = i - start - 2 * length * Math.floor((i - start) / (2 * length));
  return Math.min(Math.max(Math.trunc(start + (along > length ? 2 * length - along : along)), 0), size - 1);
}

export const gridSample: Op = {
  name: "GridSample",
  since: 16,
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { align_corners: "int", mode: "string", padding_mode: "string" },
  upgrade(c) {
    const mode = c.text("mode");
    if (mode !== "linear" && mode !== "cubic") return [c.node];
    return [{ ...c.node, attributes: { ...c.node.attributes, mode: { type: "string", value: `bi${mode}` } } }];
  },
  infer(c) {
    how(c);
    const dtype = sameDtype(c, "float");
    const [x, grid] = [c.input(0).shape, c.input(1).shape];
    if (x.length < 3 || (c.opset < ANY_RANK && x.length !== 4)) c.refuse(`it takes [N, C, H, W], not ${showShape(x)}`);
    const axes = x.length - 2;
    const last = grid.at(-1);
    if (grid.length !== x.length || (typeof last === "number" && last !== axes))
      c.refuse(`its grid ${showShape(grid)} does not name places in ${showShape(x)}`);
    return [info(dtype, [x[0]!, x[1]!, ...grid.slice(1, -1)])];
  },
  evaluate(c) {
    const [x, grid] = [c.input(0), c.input(1)];
    const { mode, padding, corners } = how(c);
    const [n, channels] = x.dims as [number, number];
    const sizes = x.dims.slice(2);
    const places = sizeOf(grid.dims.slice(1, -1));
    const dims = [n, channels, ...grid.dims.slice(1, -1)];
    const [from, at] = [readable(x), readable(grid)];
    const strides = stridesOf(sizes);
    const whole = sizeOf(sizes);
    const data = allocate(x.dtype, sizeOf(dims));
    const write = writer(x.dtype, data);
    for (let row = 0; row < n; row++)
      for (let place = 0; place < places; place++) {
        // offsets among the axes with their weights, put together axis by axis
        let taps: { readonly offset: number; readonly weight: number }[] = [{ offset: 0, weight: 1 }];
        sizes.forEach((size, axis) => {
          const g = at[(row * places + place) * sizes.length + sizes.length - 1 - axis]!;
          const position = corners ? ((g + 1) / 2) * (size - 1) : ((g + 1) * size - 1) / 2;
          const base = mode === "nearest" ? rint(position) : Math.floor(position);
          const own = kernels[mode].taps.map((tap) => ({
            offset: held(base + tap, size, padding, corners) * strides[axis]!,
            weight: weight(mode, Math.abs(position - base - tap)),
          }));
          taps = taps.flatMap((t) =>
            own
              .filter(({ offset }) => offset >= 0)
              .map((o) => ({ offset: t.offset + o.offset, weight: t.weight * o.weight })),
          );
        });
        for (let channel = 0; channel < channels; channel++) {
          const plane = (row * channels + channel) * whole;
          const sum = taps.reduce((total, t) => total + from[plane + t.offset]! * t.weight, 0);
          write((row * channels + channel) * places + place, sum);
        }
      }
    return [{ dtype: x.dtype, dims, data }];
  },
  batch(c) {
    const flat = c.inputs.map((x) => reshape(spread(c, x!), [-1, ...rowDims(c, x!).slice(1)]));
    return c.emit(flat).map((y) => reshape(y, batchShape(c, rowDims(c, c.results[0]!))));
  },
  gradient: composed((c, [x, grid]) => {
    const { mode, padding, corners } = how(c);
    const sizes: Shape = x!.shape.slice(2);
    if (!isStatic(sizes)) return c.refuse("its gradient is not known for images whose size is known only when it runs");
    const strides = stridesOf(sizes);
    // [N, places] along each axis: neighbours, each with its offset among the axes and its weight
    const axes = sizes.map((size, axis) => {
      const one = grid!.scope.constant(scalar("int64", sizes.length - 1 - axis));
      const g = reshape(gather(grid!, one, -1), [0, -1]);
      const position = corners ? mul(add(g, 1), (size - 1) / 2) : sub(mul(add(g, 1), size / 2), 0.5);
      const base = mode === "nearest" ? op("Round", [position]) : floor(position);
      return kernels[mode].taps.map((tap) => {
        const i = add(base, tap);
        const near = abs(sub(position, i));
        const there = padding === "zeros" ? within(i, size) : undefined;
        const share = weightOf(mode, near, tap);
        return {
          offset: mul(cast(heldOf(i, size, padding, corners), "int64"), strides[axis]!),
          weight: share === undefined ? there : there === undefined ? share : mul(share, there),
        };
      });
    });
    const taps = axes.reduce((before, own) =>
      before.flatMap((a) =>
        own.map((b) => ({
          offset: add(a.offset, b.offset),
          weight: a.weight === undefined ? b.weight : b.weight === undefined ? a.weight : mul(a.weight, b.weight),
        })),
      ),
    );
    const elements = reshape(x!, [0, 0, -1]);
    const outer = slice(shapeOf(x!), [0], [2], [0]);
    const parts = taps.map(({ offset, weight: share }) => {
      const index = expand(unsqueeze(offset, [1]), concat([outer, slice(shapeOf(offset), [1], [2], [0])], 0));
      const values = gatherElements(elements, index, 2);
      return share === undefined ? values : mul(values, unsqueeze(share, [1]));
    });
    const inner = slice(shapeOf(grid!), [1], [-1], [0]);
    return [reshape(parts.reduce(add), concat([outer, inner], 0))];
  }),
};

/** 1 where a place is inside an axis, else 0. */
const within = (i: Value, size: number): Value =>
  mul(cast(greaterOrEqual(i, 0), i.dtype), cast(lessOrEqual(i, size - 1), i.dtype));

/** `held` of values, with any place for none. */
function heldOf(i: Value, size: number, padding: string, corners: boolean): Value {
  const clamped = (v: Value): Value => max(min(v, size - 1), 0);
  const [start, length] = corners ? [0, size - 1] : [-0.5, size];
  if (padding !== "reflection" || length === 0) return clamped(i);
  const from = sub(i, start);
  const along = sub(from, mul(floor(div(from, 2 * length)), 2 * length));
  return clamped(add(min(along, sub(2 * length, along)), start));
}

/** `weight` of values; undefined for 1. */
function weightOf(mode: Mode, d: Value, tap: number): Value | undefined {
  if (mode === "nearest") return undefined;
  if (mode === "linear") return sub(1, d);
  const near = tap === 0 || tap === 1;
  return near
    ? add(mul(mul(sub(mul(d, A + 2), A + 3), d), d), 1)
    : sub(mul(add(mul(sub(mul(d, A), 5 * A), d), 8 * A), d), 4 * A);
}
