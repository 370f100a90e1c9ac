/** The elements of small tensors as scalars, and back: formulas of vectors are written element by element. */

import { lift } from "../../onnx/functions/base.js";
import { concat, reshape, split } from "../../onnx/functions.js";
import { isValue, type Value } from "../../onnx/value.js";
import type { Constant } from "../tensor/symbolic.js";
import type { Num } from "./arithmetic.js";
import { sizeOf } from "./types.js";

/** Every element of a tensor, row-major. */
export function parts(x: Value): Value[] {
  const n = sizeOf(x.shape.map(Number));
  const flat = x.shape.length === 1 ? x : reshape(x, [n]);
  return split(flat, new Array(n).fill(1), 0).map((part) => reshape(part, []));
}

/** A tensor of these elements: a vector, unless told its dims. */
export function joined(elements: readonly Value[], dims?: readonly number[]): Value;
export function joined(elements: readonly Num[], dims?: readonly number[]): Value | Constant;
export function joined(elements: readonly Num[], dims: readonly number[] = [elements.length]): Value | Constant {
  const like = elements.find(isValue);
  if (like === undefined) return { dims, data: Float64Array.from(elements as number[]) };
  const vector = concat(
    elements.map((x) => reshape(lift(x, like), [1])),
    0,
  );
  return dims.length === 1 ? vector : reshape(vector, dims);
}
