/** Rows of numbers, as training and prediction take them. */
import type { Tensor } from "../onnx/ir.js";

/** Row-major. */
export interface Matrix {
  readonly rows: number;
  readonly width: number;
  readonly data: Float32Array;
}

/**
 * Rows `from` to `to` (not included), not copied.
 *
 * @example
 * const m = { rows: 2, width: 2, data: Float32Array.of(1, 2, 3, 4) };
 * rowsOf(m, 1, 2).data // Float32Array [3, 4]
 */
export const rowsOf = (m: Matrix, from: number, to: number): Matrix => ({
  rows: to - from,
  width: m.width,
  data: m.data.subarray(from * m.width, to * m.width),
});

/**
 * Columns `from` to `to` (not included), copied.
 *
 * @example
 * const m = { rows: 2, width: 2, data: Float32Array.of(1, 2, 3, 4) };
 * columnsOf(m, 1, 2).data // Float32Array [2, 4]
 */
export function columnsOf(m: Matrix, from: number, to: number): Matrix {
  if (from === 0 && to === m.width) return m;
  const width = to - from;
  const data = new Float32Array(m.rows * width);
  for (let r = 0; r < m.rows; r++) data.set(m.data.subarray(r * m.width + from, r * m.width + to), r * width);
  return { rows: m.rows, width, data };
}

export const asTensor = (m: Matrix): Tensor => ({ dtype: "float32", dims: [m.rows, m.width], data: m.data });

/**
 * Rows of `a`, then rows of `b`.
 *
 * @example
 * const m = { rows: 1, width: 2, data: Float32Array.of(1, 2) };
 * concatRows(m, m) // { rows: 2, width: 2, data: Float32Array [1, 2, 1, 2] }
 */
export function concatRows(a: Matrix, b: Matrix): Matrix {
  const data = new Float32Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return { rows: a.rows + b.rows, width: a.width, data };
}
