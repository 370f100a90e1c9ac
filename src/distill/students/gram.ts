/** Products of tall matrices, and factors of large ones: what takes long in JavaScript is done by ONNX Runtime, in float64. */
import { graphBuilder } from "../../onnx/builder.js";
import { encode } from "../../onnx/codec/index.js";
import { cast, matmul, transpose } from "../../onnx/functions.js";
import { openSession, type Session } from "../../session/session.js";
import { asTensor, type Matrix, rowsOf } from "../../train/matrix.js";
import { cholesky } from "./cholesky.js";

/** Multiplications from which on a session is worth its opening. */
const MANY = 2e7;
/** Rows that are multiplied at once: so many of them are copied. */
const ROWS = 1024;

/**
 * AᵀB / n, row-major [a.width, b.width].
 *
 * @example
 * const a = { rows: 2, width: 2, data: Float32Array.of(1, 2, 3, 4) };
 * await product(a, a) // Float64Array [5, 7, 7, 10]
 */
export async function product(a: Matrix, b: Matrix): Promise<Float64Array> {
  const out = new Float64Array(a.width * b.width);
  if (a.rows * a.width * b.width < MANY) {
    for (let r = 0; r < a.rows; r++)
      for (let i = 0; i < a.width; i++) {
        const v = a.data[r * a.width + i]! / a.rows;
        if (v !== 0) for (let j = 0; j < b.width; j++) out[i * b.width + j]! += v * b.data[r * b.width + j]!;
      }
    return out;
  }
  const session = await multiplying();
  try {
    for (let from = 0; from < a.rows; from += ROWS) {
      const to = Math.min(from + ROWS, a.rows);
      const feeds = { a: asTensor(rowsOf(a, from, to)), b: asTensor(rowsOf(b, from, to)) };
      const part = (await session.run(feeds)).product!.data as Float64Array;
      for (let i = 0; i < out.length; i++) out[i]! += part[i]!;
    }
  } finally {
    await session.close();
  }
  for (let i = 0; i < out.length; i++) out[i]! /= a.rows;
  return out;
}

/** AᵀB of float32 rows, in float64. */
async function multiplying(): Promise<Session> {
  const g = graphBuilder("product");
  const [a, b] = [g.input("a", "float32", ["rows", "a"]), g.input("b", "float32", ["rows", "b"])];
  g.output("product", matmul(transpose(cast(a, "float64"), [1, 0]), cast(b, "float64")));
  return openSession(encode(g.model()));
}

/** Sides from which on a matrix is factored in blocks. */
const LARGE = 512;
const BLOCK = 64;

/**
 * The same as `cholesky`, block by block where the matrix is large (Golub & Van Loan, Matrix Computations, 4.2.9).
 *
 * @example
 * await factored(Float64Array.of(4, 2, 2, 3), 2) // Float64Array [2, 0, 1, ≈1.414]
 */
export async function factored(a: Float64Array, n: number): Promise<Float64Array> {
  if (n < LARGE) return cholesky(a, n);
  const l = a.slice();
  const session = await squaring();
  try {
    for (let k = 0; k < n; k += BLOCK) {
      const b = Math.min(BLOCK, n - k);
      const corner = Float64Array.from({ length: b * b }, (_, i) => l[(k + Math.floor(i / b)) * n + k + (i % b)]!);
      const own = cholesky(corner, b);
      for (let i = 0; i < b; i++) {
        l.set(own.subarray(i * b, (i + 1) * b), (k + i) * n + k);
        l.fill(0, (k + i) * n + k + b, (k + i + 1) * n);
      }
      const below = n - k - b;
      if (below === 0) break;
      const panel = new Float64Array(below * b);
      for (let i = 0; i < below; i++) {
        const row = (k + b + i) * n + k;
        for (let j = 0; j < b; j++) {
          let sum = l[row + j]!;
          for (let q = 0; q < j; q++) sum -= panel[i * b + q]! * own[j * b + q]!;
          panel[i * b + j] = sum / own[j * b + j]!;
        }
        l.set(panel.subarray(i * b, (i + 1) * b), row);
      }
      const square = await session.run({ panel: { dtype: "float64", dims: [below, b], data: panel } });
      const taken = square.product!.data as Float64Array;
      for (let i = 0; i < below; i++) {
        const row = (k + b + i) * n + k + b;
        for (let j = 0; j <= i; j++) l[row + j]! -= taken[i * below + j]!;
      }
    }
  } finally {
    await session.close();
  }
  return l;
}

/** PPᵀ, in float64. */
async function squaring(): Promise<Session> {
  const g = graphBuilder("square");
  const panel = g.input("panel", "float64", ["rows", "columns"]);
  g.output("product", matmul(panel, transpose(panel, [1, 0])));
  return openSession(encode(g.model()));
}
