/**
 * Normalisation: mean and spread of each column of the training split, and of no other.
 *
 * A column that never changed in training tells a student nothing; its scale is 0, so that as an input it is left out
 * and as an output it is its mean.
 */
import type { Matrix } from "../../train/matrix.js";

/** A spread below this share of the column's size is rounding, not signal. */
const CONSTANT = 1e-6;

export interface Statistics {
  readonly mean: Float32Array;
  /** Standard deviation; 0 for a constant column. */
  readonly deviation: Float32Array;
  /** 1 / deviation; 0 for a constant column. */
  readonly scale: Float32Array;
}

/**
 * Statistics of the columns, in double precision (two passes).
 *
 * @example
 * const { mean, deviation } = statistics({ rows: 2, width: 2, data: Float32Array.of(1, 5, 3, 5) });
 * mean // Float32Array [2, 5]
 * deviation // Float32Array [1, 0]
 */
export function statistics(m: Matrix): Statistics {
  const { rows, width, data } = m;
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  const size = new Float64Array(width);
  for (let r = 0, i = 0; r < rows; r++)
    for (let c = 0; c < width; c++, i++) {
      mean[c] += data[i] / rows;
      size[c] = Math.max(size[c], Math.abs(data[i]));
    }
  for (let r = 0, i = 0; r < rows; r++)
    for (let c = 0; c < width; c++, i++) variance[c] += (data[i] - mean[c]) ** 2 / rows;
  const deviation = Float32Array.from(variance, (v, c) => (Math.sqrt(v) > CONSTANT * size[c] ? Math.sqrt(v) : 0));
  return { mean: Float32Array.from(mean), deviation, scale: deviation.map((d) => (d === 0 ? 0 : 1 / d)) };
}

/**
 * (x − mean) · scale, column by column.
 *
 * @example
 * const m = { rows: 2, width: 2, data: Float32Array.of(1, 5, 3, 5) };
 * normalised(m, statistics(m)).data // Float32Array [-1, 0, 1, 0]
 */
export function normalised(m: Matrix, { mean, scale }: Statistics): Matrix {
  const data = new Float32Array(m.data.length);
  for (let i = 0; i < data.length; i++) {
    const c = i % m.width;
    data[i] = Math.fround(m.data[i] - mean[c]) * scale[c];
  }
  return { rows: m.rows, width: m.width, data };
}
