/** The opposite of picking slices along an axis: what Gather, Slice with steps, and Pad by reflection give back. */
import { isStatic } from "../dims.js";
import { concat, expand, reshape, scatterElements, shapeOf, slice } from "../functions.js";
import { int64s, scalar } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import type { Value } from "../value.js";

/** Zeros of the shape of `like`, with another size along one axis. */
export function zerosLike(like: Value, axis: number, size: number): Value {
  const { scope, shape } = like;
  const zero = scope.constant(scalar(like.dtype, 0));
  const dims = shape.with(axis, size);
  if (isStatic(dims)) return expand(zero, dims);
  const own = shapeOf(like);
  const parts = [
    ...(axis > 0 ? [slice(own, [0], [axis], [0])] : []),
    scope.constant(int64s([size])),
    ...(axis + 1 < shape.length ? [slice(own, [axis + 1], [shape.length], [0])] : []),
  ];
  return expand(zero, concat(parts, 0));
}

/**
 * The slices of `g` along an axis, slice i added to slice `indices[i]` of `zeros`; indices may repeat.
 */
export function placedBack(g: Value, indices: Value, axis: number, zeros: Value): Value {
  const column = reshape(
    indices,
    g.shape.map((_, i) => (i === axis ? -1 : 1)),
  );
  return scatterElements(zeros, expandLike(column, g), g, axis, "add");
}
