/** A small regression that the tests of this folder share: y = sin of a mix of three inputs, with two outputs. */

import { rng } from "../../src/component/rng.js";
import { gemm, tanh } from "../../src/onnx/functions.js";
import type { Tensors } from "../../src/onnx/ir.js";
import { tensor } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { asTensor } from "../../src/train/matrix.js";
import type { Forward, Split } from "../../src/train/train.js";

export function rows(count: number, seed: number): Split {
  const draws = rng(seed);
  const x = Float32Array.from({ length: count * 3 }, () => draws.between(-1, 1));
  const y = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = x.subarray(i * 3);
    y[i * 2] = Math.sin(2 * a - b);
    y[i * 2 + 1] = b * c;
  }
  return { x: { rows: count, width: 3, data: x }, y: { rows: count, width: 2, data: y } };
}

export function parameters(seed: number, hidden = 16): Tensors {
  const draws = rng(seed);
  const uniform = (dims: number[]) =>
    tensor(
      "float32",
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => draws.between(-0.7, 0.7)),
    );
  return { w1: uniform([hidden, 3]), b1: uniform([hidden]), w2: uniform([2, hidden]), b2: uniform([2]) };
}

export const net =
  (dropout = 0): Forward =>
  (x, p, pass) =>
    gemm(pass.dropout(tanh(gemm(x, p.w1, p.b1, { transB: 1 })), dropout), p.w2, p.b2, { transB: 1 });

/** A clock that stands still: nothing but rates may depend on it. */
export const now = (): number => 0;

/** The code of the problem that the work ends with, or `none`. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (e) {
    if (e instanceof LimbeckError) return e.problems[0].code;
    throw e;
  }
  return "none";
}

/** The same rows as columns. */
export function columns(count: number, seed: number): Tensors {
  const { x, y } = rows(count, seed);
  return { x: asTensor(x), y: asTensor(y) };
}
