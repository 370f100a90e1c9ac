/** What Kalman filters share: the update of a normal estimate by a measurement. */
import { add, apply, eye, type Matrix, multiply, solve, subtract, symmetrised, transpose } from "../matrix.js";

/** A normal estimate: mean, and covariance. */
export interface Estimate {
  readonly mean: readonly number[];
  readonly covariance: Matrix;
}

/** F·P·Fᵀ + Q */
export const propagated = (F: Matrix, P: Matrix, Q: Matrix): Matrix =>
  symmetrised(add(multiply(multiply(F, P), transpose(F)), Q));

/**
 * The estimate after a measurement that differs by `innovation` from what was expected, or `undefined` when its squared
 * Mahalanobis distance is beyond `gate`.
 *
 * The covariance is updated in Joseph's form, which stays symmetric and positive under rounding.
 * Source: Bar-Shalom, Li, Kirubarajan, *Estimation with Applications to Tracking and Navigation*, section 5.2.
 *
 * @throws Error when the innovation or its covariance is not finite, or the covariance singular
 */
export function updated(
  { mean, covariance: P }: Estimate,
  innovation: readonly number[],
  H: Matrix,
  R: Matrix,
  gate = Infinity,
): Estimate | undefined {
  const HP = multiply(H, P);
  const S = symmetrised(add(multiply(HP, transpose(H)), R));
  const gainT = solve(S, HP);
  const weighed = solve(
    S,
    innovation.map((v) => [v]),
  );
  if (gainT === undefined || weighed === undefined) throw new Error("the covariance of the innovation is singular");
  const distance = innovation.reduce((sum, v, i) => sum + v * weighed[i]![0]!, 0);
  if (!Number.isFinite(distance)) throw new Error("a measurement or the estimate is no longer finite");
  if (distance > gate) return undefined;
  const K = transpose(gainT);
  const shift = apply(K, innovation);
  const rest = subtract(eye(mean.length), multiply(K, H));
  return {
    mean: mean.map((v, i) => v + shift[i]!),
    covariance: symmetrised(add(multiply(multiply(rest, P), transpose(rest)), multiply(multiply(K, R), gainT))),
  };
}
