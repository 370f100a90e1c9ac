/**
 * Pad: elements added before and after each axis, or taken away where a width is negative: a value (0 by default), what
 * lies as far inside (`reflect`), the last element (`edge`), or the other end (`wrap`: of opset 19, and written by PyTorch at 18,
 * where ONNX Runtime has it too).
 */
import { isStatic, stridesOf, UNKNOWN, walk } from "../dims.js";
import { pad as padded, reduceSum, slice, sub } from "../functions.js";
import type { Shape, Tensor } from "../ir.js";
import { allocate, int64s, isFloat, sizeOf } from "../tensor.js";
import type { Info, Value } from "../value.js";
import { listed, onlyFirst } from "./batching.js";
import { integers, needed, normalised, openCount } from "./given.js";
import { type GradientContext, info, type NodeContext, type Op } from "./op.js";
import { pick } from "./permute.js";
import { placedBack, zerosLike } from "./placed_back.js";

type Context = NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] };

/** Which element inside an axis of `size` an outer position shows. */
const inside: { readonly [mode: string]: (position: number, size: number) => number } = {
  edge: (i, size) => Math.min(Math.max(i, 0), size - 1),
  wrap: (i, size) => ((i % size) + size) % size,
  reflect(i, size) {
    if (size === 1) return 0;
    const period = 2 * (size - 1);
    const at = ((i % period) + period) % period;
    return at < size ? at : period - at;
  },
};

function widths(c: Context, shape: Shape): { mode: string; before: number[]; after: number[] } {
  const mode = c.text("mode") ?? "constant";
  if (mode !== "constant" && !Object.hasOwn(inside, mode)) c.refuse(`its mode ${mode} is unknown`);
  if (mode === "wrap" && c.opset < 18) c.refuse(`its mode wrap is of opset 19, and this is opset ${c.opset}`);
  const pads = needed(c, 1);
  const axes = normalised(c, integers(c, 3) ?? shape.map((_, i) => i), shape.length);
  if (pads.length !== 2 * axes.length) c.refuse(`${pads.length} pads for ${axes.length} axes`);
  const [before, after] = [shape.map(() => 0), shape.map(() => 0)];
  axes.forEach((axis, i) => {
    before[axis] = pads[i];
    after[axis] = pads[axes.length + i];
    const [size, sum] = [shape[axis], pads[i] + pads[axes.length + i]];
    if (typeof size === "number" && size + sum < 0)
      c.refuse(`its pads take more than axis ${axis} of size ${size} has`);
    if (size === 0 && mode !== "constant" && sum > 0) c.refuse(`there is nothing to ${mode} along axis ${axis}`);
  });
  return { mode, before, after };
}

/** The positions inside an axis that a padded axis shows. */
const shown = (mode: string, size: number, before: number, after: number): number[] =>
  Array.from({ length: size + before + after }, (_, i) => inside[mode](i - before, size));

/** The gradient by a constant fill: what did not come from inside. */
const byFill = (c: GradientContext, own: Value): Value => sub(reduceSum(c.gradient), reduceSum(own));

function gradientInside(c: GradientContext, before: readonly number[], after: readonly number[]): Value {
  if ([...before, ...after].some((w) => w < 0))
    return padded(
      c.gradient,
      before.map((w) => 0 - w),
      after.map((w) => 0 - w),
    );
  const axes = before.map((_, i) => i).filter((i) => before[i] + after[i] > 0);
  if (axes.length === 0) return c.gradient;
  const ends = axes.map((i) => (after[i] === 0 ? Number.MAX_SAFE_INTEGER : -after[i]));
  return slice(
    c.gradient,
    axes.map((i) => before[i]),
    ends,
    axes,
  );
}

export const pad: Op = {
  name: "Pad",
  inputs: [2, 4],
  outputs: [1, 1],
  attributes: { mode: "string" },
  moves: [0, 2],
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (openCount(c, 1) !== undefined || openCount(c, 3) !== undefined)
      return [
        info(
          dtype,
          shape.map(() => UNKNOWN),
        ),
      ];
    const { before, after } = widths(c, shape);
    const added = before.map((b, i) => b + after[i]);
    return [
      info(
        dtype,
        shape.map((d, i) => (typeof d === "number" ? d + added[i] : added[i] === 0 ? d : UNKNOWN)),
      ),
    ];
  },
  evaluate(c) {
    const x = c.input(0);
    const { mode, before, after } = widths(c, x.dims);
    const dims = x.dims.map((d, i) => d + before[i] + after[i]);
    const strides = stridesOf(x.dims);
    if (mode !== "constant") {
      const lines = x.dims.map((d, i) => shown(mode, d, before[i], after[i]));
      const offsets = new Int32Array(sizeOf(dims));
      dims.forEach((size, axis) => {
        // the position along this axis, at every element of the result
        const at = walk(
          dims,
          dims.map((_, i) => (i === axis ? 1 : 0)),
        );
        if (size > 0) for (let i = 0; i < offsets.length; i++) offsets[i] += lines[axis][at[i]] * strides[axis];
      });
      return [pick(x, dims, offsets)];
    }
    const data = allocate(x.dtype, sizeOf(dims)) as Float64Array;
    const fill = c.inputs[2]?.data[0];
    if (fill !== undefined) data.fill(fill as number);
    const kept = x.dims.map((d, i) => Math.max(0, d + Math.min(before[i], 0) + Math.min(after[i], 0)));
    const start = (steps: readonly number[], sign: number): number =>
      before.reduce((sum, b, i) => sum + Math.max(sign * b, 0) * steps[i], 0);
    const to = stridesOf(dims);
    const from = walk(kept, strides, start(strides, -1));
    walk(kept, to, start(to, 1)).forEach((offset, i) => {
      data[offset] = x.data[from[i]] as number;
    });
    return [{ dtype: x.dtype, dims, data }];
  },
  batch(c) {
    onlyFirst(c);
    const { before, after } = widths(c, c.input(0).shape);
    const pads = listed(c, [0, ...before, 0, ...after]);
    return c.emit([c.input(0).value, pads, ...(c.inputs[2] === undefined ? [] : [c.inputs[2].value])]);
  },
  gradient(c) {
    const { shape } = c.input(0);
    const { mode, before, after } = widths(c, shape);
    const rest = c.inputs.slice(1).map((): Value | undefined => undefined);
    if (mode === "constant") {
      const own = gradientInside(c, before, after);
      if (c.wants(2) && isFloat(c.input(2).dtype)) rest[1] = byFill(c, own);
      return [own, ...rest];
    }
    const axes = shape.map((_, i) => i).filter((i) => before[i] !== 0 || after[i] !== 0);
    if (!isStatic(axes.map((i) => shape[i]))) return c.refuse("its gradient is known along axes of known size only");
    const back = axes.reduce((g, axis) => {
      const size = shape[axis] as number;
      const indices = g.scope.constant(int64s(shown(mode, size, before[axis], after[axis])));
      return placedBack(g, indices, axis, zerosLike(g, axis, size));
    }, c.gradient);
    return [back, ...rest];
  },
};
