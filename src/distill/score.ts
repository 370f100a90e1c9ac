/** How well rows are predicted, in original units. */

export interface OpenLoop {
  /** Mean squared error over the variance of the output, one value a column. */
  readonly nmse: readonly number[];
  readonly nmse_mean: number;
  readonly r2_mean: number;
}

/** A spread below this share of a column's size is rounding. */
const LEAST_SPREAD = 1e-6;

/** Rows in row-major order. */
export interface Rows {
  readonly rows: number;
  readonly width: number;
  readonly data: ArrayLike<number>;
}

/**
 * Normalised mean squared error and R² of predictions, column by column.
 *
 * nMSE divides by the variance of the true values over these very rows; R² = 1 − nMSE. A column that does not vary is
 * taken to vary by a millionth of its size, so that it scores 0 when it is met and a large finite number when it is not.
 *
 * @example
 * openLoop({ rows: 2, width: 1, data: [1, 3] }, { rows: 2, width: 1, data: [2, 2] }).nmse // [1]
 */
export function openLoop(truth: Rows, predicted: Rows): OpenLoop {
  const { rows, width } = truth;
  const nmse = Array.from({ length: width }, (_, column) => {
    let mean = 0;
    for (let r = 0; r < rows; r++) mean += truth.data[r * width + column]! / rows;
    let variance = 0;
    let error = 0;
    let size = Number.MIN_VALUE;
    for (let r = 0; r < rows; r++) {
      const y = truth.data[r * width + column]!;
      variance += (y - mean) ** 2;
      size = Math.max(size, Math.abs(y));
      error += (y - predicted.data[r * width + column]!) ** 2;
    }
    return error === 0 ? 0 : error / Math.max(variance, rows * (LEAST_SPREAD * size) ** 2, Number.MIN_VALUE);
  });
  const nmse_mean = nmse.reduce((sum, v) => sum + v, 0) / width;
  return { nmse, nmse_mean, r2_mean: 1 - nmse_mean };
}
