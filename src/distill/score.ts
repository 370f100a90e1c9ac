/** How well rows are predicted, in original units. */

export interface OpenLoop {
  /** Mean squared error over the variance of the output, one value a column. */
  readonly nmse: readonly number[];
  readonly nmse_mean: number;
  readonly r2_mean: number;
  /** No column varies in these rows: the error is 0 (met) or 1 (missed), and R² says nothing. */
  readonly constant?: true;
  /** Share of right answers, by the name of the choice or of the truth values: the likeliest value of a choice, a truth value cut at one half. */
  readonly accuracy?: { readonly [choice: string]: number };
}

/** Columns of which one is 1 in every row, or truth values each by itself. */
export interface Choice {
  readonly name: string;
  readonly from: number;
  readonly width: number;
  readonly truths?: true;
}

/** A spread below this share of a column's size, here or in training, is rounding. */
const LEAST_SPREAD = 1e-6;

/** The greatest absolute value of each column. */
export const sizesOf = ({ rows, width, data }: Rows): number[] =>
  Array.from({ length: width }, (_, column) => {
    let size = 0;
    for (let r = 0; r < rows; r++) size = Math.max(size, Math.abs(data[r * width + column]!));
    return size;
  });

/** Rows in row-major order. */
export interface Rows {
  readonly rows: number;
  readonly width: number;
  readonly data: ArrayLike<number>;
}

/**
 * Normalised mean squared error and R² of predictions, column by column.
 *
 * nMSE divides by the variance of the true values over these very rows; R² = 1 − nMSE. A column that does not vary here
 * tells good from bad no further than 0 (met) or 1 (missed), always finite, and stays out of the means unless none varies.
 *
 * @param sizes greatest absolute value of each column in the training rows: what is small beside it does not vary
 * @example
 * openLoop({ rows: 2, width: 1, data: [1, 3] }, { rows: 2, width: 1, data: [2, 2] }).nmse // [1]
 */
export function openLoop(
  truth: Rows,
  predicted: Rows,
  choices: readonly Choice[] = [],
  sizes: readonly number[] = [],
): OpenLoop {
  const { rows, width } = truth;
  const columns = Array.from({ length: width }, (_, column) => {
    let mean = 0;
    for (let r = 0; r < rows; r++) mean += truth.data[r * width + column]! / rows;
    let variance = 0;
    let error = 0;
    let size = sizes[column] ?? 0;
    for (let r = 0; r < rows; r++) {
      const y = truth.data[r * width + column]!;
      variance += (y - mean) ** 2;
      size = Math.max(size, Math.abs(y));
      error += (y - predicted.data[r * width + column]!) ** 2;
    }
    const rounding = rows * (LEAST_SPREAD * size) ** 2;
    if (variance > rounding) return { varies: true, nmse: error / variance };
    return { varies: false, nmse: error <= rounding ? 0 : 1 };
  });
  const varying = columns.filter(({ varies }) => varies);
  const counted = varying.length > 0 ? varying : columns;
  const nmse_mean = counted.reduce((sum, column) => sum + column.nmse, 0) / counted.length;
  const scores: OpenLoop = {
    nmse: columns.map(({ nmse }) => nmse),
    ...{ nmse_mean, r2_mean: 1 - nmse_mean },
    ...(varying.length === 0 ? { constant: true } : {}),
  };
  if (choices.length === 0) return scores;
  const shares = choices.map((choice) => [choice.name, rightOf(choice, truth, predicted)] as const);
  return { ...scores, accuracy: Object.fromEntries(shares) };
}

/** The share of right answers. */
function rightOf({ from, width: n, truths }: Choice, truth: Rows, predicted: Rows): number {
  const { rows, width } = truth;
  let right = 0;
  for (let r = 0; r < rows; r++) {
    const first = r * width + from;
    if (truths === true) {
      for (let i = first; i < first + n; i++) if (truth.data[i]! >= HALF === predicted.data[i]! >= HALF) right += 1 / n;
    } else if (likeliest(truth.data, first, n) === likeliest(predicted.data, first, n)) right++;
  }
  return right / rows;
}

/** Where models cut a truth value. */
const HALF = 0.5;

function likeliest(data: ArrayLike<number>, first: number, n: number): number {
  let best = first;
  for (let i = first + 1; i < first + n; i++) if (data[i]! > data[best]!) best = i;
  return best;
}
