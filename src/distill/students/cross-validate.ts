/**
 * Chooses a setting by blocked cross-validation (Roberts et al. 2017): folds are contiguous stretches of rows,
 * since neighbouring rows are nearly equal and would tell on each other. The test part is not here to be looked at.
 */
import { concatRows, type Matrix, rowsOf } from "../../train/matrix.js";
import { statistics } from "./statistics.js";
import type { TrainingData } from "./student.js";

/** One fold: what is fitted on, and the stretch that was held out. */
export interface Fold {
  readonly data: TrainingData;
  readonly held: TrainingData["train"];
}

/** Share of the rows around a fold that stop the training early: the last ones, as in the data itself. */
const VALIDATION = 0.15;

/**
 * Cuts the rows of training and validation into folds. Undefined when there are too few rows.
 *
 * @example
 * foldsOf(data, 1)?.length // 1
 * foldsOf(data, 5) // undefined
 */
export function foldsOf(data: TrainingData, count: number): Fold[] | undefined {
  const x = concatRows(data.train.x, data.validation.x);
  const y = concatRows(data.train.y, data.validation.y);
  if (x.rows < 10 * count) return undefined;
  const bound = (k: number) => Math.round((x.rows * k) / count);
  return Array.from({ length: count }, (_, k) => {
    const [from, to] = [bound(k), bound(k + 1)];
    const kept = Math.round((x.rows - (to - from)) * (1 - VALIDATION));
    const rest = (m: Matrix) => concatRows(rowsOf(m, 0, from), rowsOf(m, to, m.rows));
    const [restX, restY] = [rest(x), rest(y)];
    const part = (a: number, b: number) => ({ x: rowsOf(restX, a, b), y: rowsOf(restY, a, b) });
    return {
      data: { ...data, train: part(0, kept), validation: part(kept, restX.rows) },
      held: { x: rowsOf(x, from, to), y: rowsOf(y, from, to) },
    };
  });
}

/**
 * The geometric mean: folds differ in how hard they are by far more than settings do, and each shall count alike.
 *
 * @example
 * geometricMean([1, 100]) // ≈10.0
 */
export const geometricMean = (errors: readonly number[]): number => Math.exp(mean(errors.map(log)));

/**
 * The one-standard-error rule (Breiman et al. 1984): of settings in order from the freest to the most restrained, the last
 * that is worse than the best by no more than the standard error of their difference over the folds.
 *
 * @param errors of each setting, one a fold; differences are of logarithms, fold by fold
 * @returns its index
 * @example
 * mostRestrained([[1, 4], [1.1, 3.7], [2, 8]]) // 1
 */
export function mostRestrained(errors: readonly (readonly number[])[]): number {
  const means = errors.map(geometricMean);
  const best = errors[means.indexOf(Math.min(...means))]!;
  return errors.findLastIndex((own) => {
    const differences = own.map((e, k) => log(e) - log(best[k]!));
    const middle = mean(differences);
    const variance = mean(differences.map((d) => (d - middle) ** 2));
    return middle <= Math.sqrt(variance / Math.max(1, differences.length - 1));
  });
}

const log = (error: number): number => Math.log(Math.max(error, Number.MIN_VALUE));
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/**
 * Mean squared error over the variance of each column in all training rows, averaged over rows and columns.
 *
 * A column that is constant in training does not count.
 *
 * @example
 * const [truth, predicted] = [data.train.y, { ...data.train.y, data: new Float32Array(8) }];
 * scaledError(predicted, truth, data.train.y) // ≈1.000
 */
export function scaledError(predicted: Matrix, truth: Matrix, training: Matrix): number {
  const { scale } = statistics(training);
  let sum = 0;
  let counted = 0;
  for (let i = 0; i < truth.data.length; i++) {
    const s = scale[i % truth.width]!;
    if (s === 0) continue;
    sum += ((predicted.data[i]! - truth.data[i]!) * s) ** 2;
    counted++;
  }
  return counted === 0 ? 0 : sum / counted;
}
