/** Matrix products as functions. */

import type { Value } from "../value.js";
import { binary, op } from "./base.js";

/**
 * Matrix product; axes before the last two are batches, broadcast.
 *
 * @example
 * const g = graphBuilder("g");
 * matmul(g.input("a", "float32", ["N", 3]), g.input("b", "float32", [3, 2])).shape // ["N", 2]
 */
export const matmul = binary("MatMul") as (a: Value, b: Value) => Value;
/**
 * α·A′·B′ + β·C, A′ and B′ transposed where asked for.
 *
 * @example
 * const g = graphBuilder("layer");
 * const [x, w, b] = [g.input("x", "float32", ["N", 3]), g.input("w", "float32", [8, 3]), g.input("b", "float32", [8])];
 * gemm(x, w, b, { transB: 1 }).shape // ["N", 8]
 */
export const gemm = (
  a: Value,
  b: Value,
  c?: Value,
  attributes: { alpha?: number; beta?: number; transA?: number; transB?: number } = {},
): Value => op("Gemm", c === undefined ? [a, b] : [a, b, c], attributes);
/**
 * Sums of products over named axes; `...` stands for axes without a name.
 *
 * @example
 * const g = graphBuilder("g");
 * const [a, b] = [g.input("a", "float32", ["N", 2, 3]), g.input("b", "float32", ["N", 3, 5])];
 * einsum("nij,njk->nik", [a, b]).shape // ["N", 2, 5]
 * einsum("...ii->...i", [g.input("c", "float32", [4, 3, 3])]).shape // [4, 3]
 */
export const einsum = (equation: string, values: readonly Value[]): Value => op("Einsum", values, { equation });
