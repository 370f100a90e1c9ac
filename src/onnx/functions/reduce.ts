/** Reductions as functions. */

import type { Value } from "../value.js";
import { ints, op } from "./base.js";

interface Reduce {
  readonly axes?: readonly number[];
  readonly keepdims?: boolean;
}
const reduction =
  (name: string) =>
  (x: Value, { axes, keepdims = false }: Reduce = {}): Value =>
    op(name, axes === undefined ? [x] : [x, ints(x, axes)], { keepdims: keepdims ? 1 : 0 });
/**
 * Over all axes unless some are named.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * reduceSum(x).shape // []
 * reduceSum(x, { axes: [1], keepdims: true }).shape // ["N", 1]
 */
export const reduceSum = reduction("ReduceSum");
/**
 * Mean over all axes, unless some are named.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * reduceMean(x, { axes: [0] }).shape // [4]
 */
export const reduceMean = reduction("ReduceMean");
/** The largest over all axes, unless some are named. */
export const reduceMax = reduction("ReduceMax");
/** The smallest over all axes, unless some are named. */
export const reduceMin = reduction("ReduceMin");
/** The product over all axes, unless some are named. */
export const reduceProd = reduction("ReduceProd");
/** The sum of absolute values over all axes, unless some are named. */
export const reduceL1 = reduction("ReduceL1");
/** The root of the sum of squares over all axes, unless some are named. */
export const reduceL2 = reduction("ReduceL2");
/** The sum of squares over all axes, unless some are named. */
export const reduceSumSquare = reduction("ReduceSumSquare");
/** The logarithm of the sum over all axes, unless some are named. */
export const reduceLogSum = reduction("ReduceLogSum");
/** The logarithm of the sum of exponentials over all axes, unless some are named; it does not overflow. */
export const reduceLogSumExp = reduction("ReduceLogSumExp");
