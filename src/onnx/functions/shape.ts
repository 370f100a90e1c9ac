/** Operators that move elements and read shapes, as functions. */

import type { Dtype } from "../ir.js";
import { scalar, tensor } from "../tensor.js";
import type { Value } from "../value.js";
import { ints, op, unary } from "./base.js";

/**
 * The shape of a value as an int64 vector.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * shapeOf(x) // { dtype: "int64", shape: [2], … }
 */
export const shapeOf = unary("Shape");
/**
 * Axes in the order of `perm`; reversed without it.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * transpose(x).shape // [4, "N"]
 */
export const transpose = (x: Value, perm?: readonly number[]): Value => op("Transpose", [x], { perm });

/**
 * `shape` may hold one -1; it may be a value, as `shapeOf` gives it.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * reshape(x, [-1, 2]).shape // ["?", 2]
 */
export const reshape = (x: Value, shape: readonly number[] | Value): Value =>
  op("Reshape", [x, Array.isArray(shape) ? ints(x, shape as number[]) : (shape as Value)]);
/**
 * Repeats along axes of size 1, as broadcasting to `shape` does; it may be a value.
 *
 * @example
 * const row = graphBuilder("g").input("row", "float32", [1, 4]);
 * expand(row, [3, 4]).shape // [3, 4]
 */
export const expand = (x: Value, shape: readonly number[] | Value): Value =>
  op("Expand", [x, Array.isArray(shape) ? ints(x, shape as number[]) : (shape as Value)]);
/**
 * Values end to end along an axis.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * concat([x, x], 1).shape // ["N", 8]
 */
export const concat = (values: readonly Value[], axis: number): Value => op("Concat", values, { axis });
/**
 * Elements `starts[i]` to `ends[i]` (not included) of `axes[i]`.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * slice(x, [1], [3], [1]).shape // ["N", 2]
 */
export const slice = (
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps?: readonly number[],
): Value => op("Slice", [x, ...[starts, ends, axes, ...(steps ? [steps] : [])].map((v) => ints(x, v))]);
/**
 * Cuts an axis into parts of the given sizes.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * split(x, [3, 1], 1).map(({ shape }) => shape) // [["N", 3], ["N", 1]]
 */
export const split = (x: Value, sizes: readonly number[], axis: number): Value[] =>
  sizes.length === 1 ? [x] : x.scope.emit("Split", [x, ints(x, sizes)], { axis }, sizes.length);
/**
 * Takes out axes of size 1.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 1]);
 * squeeze(x, [1]).shape // ["N"]
 */
export const squeeze = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : op("Squeeze", [x, ints(x, axes)]);
/**
 * Puts in axes of size 1; `axes` count in the result.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * unsqueeze(x, [1]).shape // ["N", 1, 4]
 */
export const unsqueeze = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : op("Unsqueeze", [x, ints(x, axes)]);
/**
 * Adds `before[i]` and `after[i]` zeros to the ends of axis i.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * pad(x, [0, 1], [0, 2]).shape // ["N", 7]
 */
export const pad = (x: Value, before: readonly number[], after: readonly number[]): Value =>
  op("Pad", [x, ints(x, [...before, ...after])]);
/**
 * Axes before `axis` as one, and those from it on as another.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4, 3]);
 * flatten(x).shape // ["N", 12]
 */
export const flatten = (x: Value, axis = 1): Value => op("Flatten", [x], { axis });
/**
 * Repeats a value a number of times along each axis.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * tile(x, [1, 3]).shape // ["N", 12]
 */
export const tile = (x: Value, repeats: readonly number[]): Value => op("Tile", [x, ints(x, repeats)]);
/**
 * A shape, as `shapeOf` gives it, filled with one value.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * filled(shapeOf(x), "float32", 1).shape // ["N", 4]
 */
export const filled = (shape: Value, dtype: Dtype, value: number): Value =>
  op("ConstantOfShape", [shape], { value: tensor(dtype, [1], [value]) });
/**
 * Running sums along an axis; exclusive of the element itself, or from the end, if asked for.
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", cumSum(g.input("x", "float32", [3]), 0));
 * evaluate(g.model(), { x: tensor("float32", [3], [1, 2, 3]) }).y.data // Float32Array [1, 3, 6]
 */
export const cumSum = (
  x: Value,
  axis: number,
  { exclusive = false, reverse = false }: { exclusive?: boolean; reverse?: boolean } = {},
): Value =>
  op("CumSum", [x, x.scope.constant(scalar("int64", axis))], {
    exclusive: Number(exclusive),
    reverse: Number(reverse),
  });
