/** Pad (mode `constant`): a value, zero by default, added before and after each axis; the gradient of Slice. */
import { stridesOf, UNKNOWN, walk } from "../dims.js";
import { slice } from "../functions.js";
import type { Shape, Tensor } from "../ir.js";
import { allocate, sizeOf } from "../tensor.js";
import type { Info } from "../value.js";
import { integers, normalised } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";

type Context = NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] };

function widths(c: Context, shape: Shape): { before: number[]; after: number[] } {
  if ((c.text("mode") ?? "constant") !== "constant") c.refuse(`mode ${c.text("mode")} is not supported`);
  const pads = integers(c, 1)!;
  const axes = normalised(c, integers(c, 3) ?? shape.map((_, i) => i), shape.length);
  if (pads.length !== 2 * axes.length) c.refuse(`${pads.length} pads for ${axes.length} axes`);
  if (pads.some((p) => p < 0)) c.refuse("negative pads are not supported; use Slice");
  const [before, after] = [shape.map(() => 0), shape.map(() => 0)];
  axes.forEach((axis, i) => {
    before[axis] = pads[i];
    after[axis] = pads[axes.length + i];
  });
  return { before, after };
}

export const pad: Op = {
  name: "Pad",
  inputs: [2, 4],
  outputs: [1, 1],
  attributes: { mode: "string" },
  moves: [0, 2],
  infer(c) {
    const { dtype, shape } = c.input(0);
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
    const { before, after } = widths(c, x.dims);
    const dims = x.dims.map((d, i) => d + before[i] + after[i]);
    const data = allocate(x.dtype, sizeOf(dims)) as Float64Array;
    const fill = c.inputs[2]?.data[0];
    if (fill !== undefined) data.fill(fill as number);
    const strides = stridesOf(dims);
    const start = before.reduce((sum, b, i) => sum + b * strides[i], 0);
    walk(x.dims, strides, start).forEach((offset, i) => {
      data[offset] = x.data[i] as number;
    });
    return [{ dtype: x.dtype, dims, data }];
  },
  gradient(c) {
    const { shape } = c.input(0);
    const { before, after } = widths(c, shape);
    const axes = shape.map((_, i) => i).filter((i) => before[i] + after[i] > 0);
    const ends = axes.map((i) => (after[i] === 0 ? Number.MAX_SAFE_INTEGER : -after[i]));
    const g =
      axes.length === 0
        ? c.gradient
        : slice(
            c.gradient,
            axes.map((i) => before[i]),
            ends,
            axes,
          );
    return [g, ...c.inputs.slice(1).map(() => undefined)];
  },
};
