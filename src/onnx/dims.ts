/**
 * Arithmetic of shapes: broadcasting, strides, axes; for sizes that are known and for symbolic ones.
 *
 * A symbolic size equals itself and nothing else; `"?"` equals not even itself. Where a symbol meets a number above
 * one, the number wins, because anything else would fail when the model runs.
 */
import { fail } from "../problem/problem.js";
import type { Dim, Shape } from "./ir.js";

/** Elements of one tensor. */
export const MAX_ELEMENTS = 2 ** 28;

/** A number of elements that is held in memory; L0804 when it is over the limit. */
export const bounded = (count: number, what: string): number =>
  count <= MAX_ELEMENTS ? count : fail("L0804", { what: `a number of ${what}`, value: count, limit: MAX_ELEMENTS });

export const UNKNOWN = "?";

export const isStatic = (shape: Shape): shape is readonly number[] => shape.every((d) => typeof d === "number");
export const sameDim = (a: Dim, b: Dim): boolean => a === b && a !== UNKNOWN;
/** Whether two sizes may be equal when the model runs. */
export const mayEqual = (a: Dim, b: Dim): boolean => typeof a === "string" || typeof b === "string" || a === b;
export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** The axis counted from the front, or undefined when there is no such axis. */
export function axisOf(axis: number, rank: number): number | undefined {
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank ? positive : undefined;
}

function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  if (typeof a === "number" && typeof b === "number") return undefined;
  return typeof a === "number" ? a : typeof b === "number" ? b : UNKNOWN;
}

/** The common shape (multidirectional broadcasting as in NumPy), or undefined when there is none. */
export function broadcast(...shapes: readonly Shape[]): Dim[] | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out: Dim[] = new Array(rank).fill(1);
  for (const shape of shapes)
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const dim = broadcastDim(out[at], shape[i]);
      if (dim === undefined) return undefined;
      out[at] = dim;
    }
  return out;
}

/** Row-major strides, in elements. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  for (let i = dims.length - 1, step = 1; i >= 0; i--) {
    strides[i] = step;
    step *= dims[i];
  }
  return strides;
}

/** For every element of `to`, where it is read from in a tensor of shape `from` that is broadcast to `to`. */
export function broadcastOffsets(from: readonly number[], to: readonly number[]): Int32Array {
  const own = stridesOf(from);
  const strides = to.map((_, i) => {
    const at = i - (to.length - from.length);
    return at < 0 || from[at] === 1 ? 0 : own[at];
  });
  return walk(to, strides);
}

/** Offsets of all elements of a `dims` grid under the given strides, in row-major order. */
export function walk(dims: readonly number[], strides: readonly number[], start = 0): Int32Array {
  const size = bounded(
    dims.reduce((p, d) => p * d, 1),
    "elements that an op goes through",
  );
  const offsets = new Int32Array(size);
  const index = new Array<number>(dims.length).fill(0);
  let offset = start;
  for (let i = 0; i < size; i++) {
    offsets[i] = offset;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      offset += strides[axis];
      if (++index[axis] < dims[axis]) break;
      offset -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
  return offsets;
}

/** What is multiplied to get a shape's size: its numbers as one product and its symbols, sorted. */
function factors(shape: Shape): { product: number; symbols: string[] } {
  const symbols: string[] = [];
  let product = 1;
  for (const d of shape)
    if (typeof d === "number") product *= d;
    else symbols.push(d);
  return { product, symbols: symbols.sort() };
}

/** The size that `rest` must be multiplied by to have as many elements as `whole`; `"?"` when that is not known, undefined when impossible. */
export function missingFactor(whole: Shape, rest: Shape): Dim | undefined {
  const a = factors(whole);
  const b = factors(rest);
  for (const symbol of b.symbols) {
    const at = symbol === UNKNOWN ? -1 : a.symbols.indexOf(symbol);
    if (at < 0) return UNKNOWN;
    a.symbols.splice(at, 1);
  }
  if (a.symbols.length === 0) {
    if (b.product === 0) return a.product === 0 ? UNKNOWN : undefined;
    return a.product % b.product === 0 ? a.product / b.product : undefined;
  }
  return a.symbols.length === 1 && a.product === b.product ? a.symbols[0] : UNKNOWN;
}
