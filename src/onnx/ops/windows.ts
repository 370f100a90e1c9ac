/**
 * What convolutions and pools share: how a kernel walks over the spatial axes of [N, C, D₁, D₂, …], and which element
 * lies under which part of it.
 */
import { bounded, isStatic, showShape, stridesOf, UNKNOWN } from "../dims.js";
import type { Dim, Shape } from "../ir.js";
import { sizeOf } from "../tensor.js";
import type { NodeContext } from "./op.js";

/** A kernel along one axis. */
export interface Window {
  /** Elements of the axis that the kernel walks over. */
  readonly size: Dim;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before and after; undefined where it depends on a size that is not known. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** Places where the kernel stands. */
  readonly out: Dim;
}
export type StaticWindow = { readonly [K in keyof Window]: number };

/** An element under the kernel that is padding, and one beyond even that (`ceil_mode`). */
export const PADDING = -1;
export const BEYOND = -2;

export const windowAttributes = {
  auto_pad: "string",
  dilations: "ints",
  kernel_shape: "ints",
  pads: "ints",
  strides: "ints",
} as const;

/** Elements that a kernel spans. */
export const span = ({ kernel, dilation }: Pick<Window, "kernel" | "dilation">): number => (kernel - 1) * dilation + 1;

/** The attributes of an op with a kernel, one value an axis. */
export function kernelOf(c: NodeContext, axes: number, shape?: readonly number[]) {
  const list = (name: string, otherwise: number, count = axes, least = 1): readonly number[] => {
    const given = c.ints(name) ?? new Array<number>(count).fill(otherwise);
    if (given.length !== count) c.refuse(`its ${name} [${given}] are not ${count}`);
    if (given.some((v) => v < least)) c.refuse(`its ${name} [${given}] must be at least ${least}`);
    return given;
  };
  const kernel = list("kernel_shape", 0, axes, shape === undefined ? 1 : 0);
  if (shape !== undefined && c.ints("kernel_shape") !== undefined && kernel.some((k, i) => k !== shape[i]))
    c.refuse(`its kernel_shape [${kernel}] is not that of its weights [${shape}]`);
  const auto = c.text("auto_pad") ?? "NOTSET";
  if (!["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].includes(auto)) c.refuse(`its auto_pad ${auto} is not known`);
  if (auto !== "NOTSET" && c.ints("pads")?.some((p) => p !== 0)) c.refuse("it has both pads and auto_pad");
  return {
    kernel: shape ?? kernel,
    strides: list("strides", 1),
    dilations: list("dilations", 1),
    pads: list("pads", 0, 2 * axes, 0),
    auto,
  };
}

/** Padding split in two, the odd one after (`SAME_UPPER`) or before (`SAME_LOWER`). */
export function halves(total: number, auto: string): { before: number; after: number } {
  const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return auto === "SAME_LOWER" ? { before: more, after: less } : { before: less, after: more };
}

/** The walk of a kernel along each spatial axis; `weights` is its shape where the weights have it. */
export function windowsOf(c: NodeContext, spatial: Shape, weights?: readonly number[]): Window[] {
  const { kernel, strides, dilations, pads, auto } = kernelOf(c, spatial.length, weights);
  const ceil = c.int("ceil_mode", 0) !== 0;
  return spatial.map((size, i): Window => {
    const axis = { size, kernel: kernel[i], stride: strides[i], dilation: dilations[i] };
    const wide = span(axis);
    if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
      if (axis.stride === 1) return { ...axis, ...halves(wide - 1, auto), out: size };
      if (typeof size === "string") return { ...axis, before: undefined, after: undefined, out: UNKNOWN };
      const out = Math.ceil(size / axis.stride);
      return { ...axis, ...halves(Math.max(0, (out - 1) * axis.stride + wide - size), auto), out };
    }
    const [before, after] = [pads[i], pads[i + spatial.length]];
    if (typeof size === "string")
      return { ...axis, before, after, out: axis.stride === 1 && before + after === wide - 1 ? size : UNKNOWN };
    const room = size + before + after - wide;
    if (room < 0)
      c.refuse(`its kernel spans ${wide} elements, axis ${i + 2} has ${size + before + after} with padding`);
    let out = (ceil ? Math.ceil(room / axis.stride) : Math.floor(room / axis.stride)) + 1;
    // no kernel stands wholly in the padding behind
    if (ceil && (out - 1) * axis.stride >= size + before) out--;
    return { ...axis, before, after, out };
  });
}

/** The spatial axes of [N, C, D₁, …]. */
export function spatialOf(c: NodeContext, shape: Shape): Shape {
  if (shape.length < 3) c.refuse(`it takes [N, C, D₁, …], not ${showShape(shape)}`);
  return shape.slice(2);
}

/**
 * For every place of the kernel and every part of it, in row-major order, the element under it: its offset among the
 * spatial axes, or `PADDING`, or `BEYOND`.
 */
export function elementsUnder(windows: readonly StaticWindow[]): Int32Array {
  const strides = stridesOf(windows.map((w) => w.size));
  return windows.reduce<Int32Array>((inner, w, axis) => {
    // `inner` holds [places of the axes before, parts of them]; this axis is put in behind both
    const done = windows.slice(0, axis);
    const places = sizeOf(done.map((d) => d.out));
    const parts = sizeOf(done.map((d) => d.kernel));
    const next = new Int32Array(bounded(inner.length * w.out * w.kernel, "elements under a kernel"));
    let to = 0;
    for (let place = 0; place < places; place++)
      for (let o = 0; o < w.out; o++)
        for (let part = 0; part < parts; part++)
          for (let k = 0; k < w.kernel; k++) {
            const at = o * w.stride + k * w.dilation - w.before;
            const before = inner[place * parts + part];
            const own = at >= 0 && at < w.size ? at * strides[axis] : at < w.size + w.after ? PADDING : BEYOND;
            next[to++] = before < 0 || own < 0 ? Math.min(before, own, PADDING) : before + own;
          }
    return next;
  }, Int32Array.of(0));
}

/** The windows of known sizes, for evaluation, where all are. */
export const known = (windows: readonly Window[]): StaticWindow[] => windows as StaticWindow[];
export const isKnown = (windows: readonly Window[]): windows is StaticWindow[] =>
  windows.every((w) => isStatic([w.size, w.out]) && w.before !== undefined);
