/** How ops are given a batch axis in front: the rules that many of them share. */
import { isStatic, showShape } from "../dims.js";
import { ints } from "../functions/base.js";
import { concat, expand, reshape, unsqueeze } from "../functions.js";
import { int64s } from "../tensor.js";
import type { Value } from "../value.js";
import type { BatchContext, BatchInput, Op } from "./op.js";

export type BatchRule = NonNullable<Op["batch"]>;

/** The sizes of one row, which must be known. */
export function rowDims(c: Pick<BatchContext, "fail">, of: { readonly shape: BatchInput["shape"] }): readonly number[] {
  return isStatic(of.shape) ? of.shape : c.fail(`its shape ${showShape(of.shape)} is not known before it runs`);
}

/** The shape [N, …dims] as a value, for as many rows as there are. */
export const batchShape = (c: Pick<BatchContext, "rows">, dims: readonly number[]): Value =>
  dims.length === 0 ? c.rows : concat([c.rows, c.rows.scope.constant(int64s(dims))], 0);

/** [N, …dims] of any input: the same row again and again of one that is not batched. */
export const spread = (c: Pick<BatchContext, "rows" | "fail">, x: BatchInput): Value =>
  x.batched ? x.value : expand(x.value, batchShape(c, rowDims(c, x)));

/** A row of lower rank than `rank` with axes of size one in front, behind the batch axis. */
export const aligned = (x: BatchInput, rank: number): Value =>
  x.batched
    ? unsqueeze(
        x.value,
        Array.from({ length: rank - x.shape.length }, (_, i) => i + 1),
      )
    : x.value;

/** All but the first input must be the same for all rows. */
export function onlyFirst(c: BatchContext): void {
  c.inputs.forEach((x, i) => {
    if (i > 0 && x?.batched) c.fail(`its input ${i + 1} differs from row to row`);
  });
}

/** Inputs are broadcast: rows are brought to one rank. */
export const broadcasting: BatchRule = (c) => {
  const rank = Math.max(0, ...c.inputs.map((x) => x?.shape.length ?? 0));
  return c.emit(c.inputs.map((x) => x && aligned(x, rank)));
};

/** The op sees axes from the end only, or none: it stays as it is. */
export const unchanged: BatchRule = (c) => {
  onlyFirst(c);
  return c.emit(c.inputs.map((x) => x?.value));
};

/** Each row is the same elements under another shape. */
export const reshaping: BatchRule = (c) => {
  onlyFirst(c);
  // 0 is the number of rows, as it was
  return [reshape(c.input(0).value, [0, ...rowDims(c, c.results[0]!)])];
};

/** An attribute names one axis: it is one further. */
export const alongAxis =
  (otherwise: number, name = "axis"): BatchRule =>
  (c) => {
    onlyFirst(c);
    const at = c.int(name, otherwise);
    return c.emit(
      c.inputs.map((x) => x?.value),
      { [name]: at < 0 ? at : at + 1 },
    );
  };

/** The op has a batch axis of its own in front: rows are put one behind the other, and taken apart again. */
export const stacking: BatchRule = (c) => {
  onlyFirst(c);
  const [lead, ...rest] = rowDims(c, c.input(0));
  if (lead === undefined) return c.fail("its input is a scalar");
  const whole = reshape(c.input(0).value, [-1, ...rest]);
  return c
    .emit([whole, ...c.inputs.slice(1).map((x) => x?.value)])
    .map((y, i) => reshape(y, batchShape(c, rowDims(c, c.results[i]!))));
};

/** The same along an axis of all inputs, each of which may differ from row to row. */
export const elementsAlong =
  (otherwise: number): BatchRule =>
  (c) => {
    const at = c.int("axis", otherwise);
    return c.emit(
      c.inputs.map((x) => x && spread(c, x)),
      { axis: at < 0 ? at : at + 1 },
    );
  };

/** A vector of axes, pads or repeats, as a constant. */
export const listed = (c: BatchContext, values: readonly number[]): Value => ints(c.rows, values);
