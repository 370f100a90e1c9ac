/**
 * Linear algebra over symbolic values: matrices are tensors of two axes, and of more where there are several at once.
 *
 * Equations are solved by whole rows, so that a graph grows with the number of rows and not with its cube; up to the
 * 64 rows that a matrix among the params may have.
 */
import { add, concat, div, greater, matmul, mul, slice, sub, transpose, where } from "../../onnx/functions.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import * as plain from "./matrix.js";
import { type Matrix, norm, tensorOf } from "./matrix.js";

/** The transpose of the last two axes. */
export const transposed = (a: Value): Value => {
  const axes = a.shape.map((_, i) => i);
  return transpose(a, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
};

/** (a + aᵀ)/2: takes out what rounding did to a symmetric matrix. */
export const symmetrised = (a: Value): Value => mul(add(a, transposed(a)), 0.5);

/**
 * a⁻¹·b for symmetric a, by Gauss–Jordan elimination without exchange of rows; where a is not positive definite the
 * result is NaN.
 *
 * @param a […, n, n]
 * @param b […, n, k]
 */
export function solvePositive(a: Value, b: Value): Value {
  const axis = a.shape.length - 1;
  const n = Number(a.shape[axis]);
  const width = n + Number(b.shape[axis]);
  let rows = concat([a, b], axis);
  for (let i = 0; i < n; i++) {
    const row = slice(rows, [i], [i + 1], [axis - 1]);
    const pivot = slice(row, [i], [i + 1], [axis]);
    const scaled = div(row, where(greater(pivot, 0), pivot, Number.NaN));
    const own = a.scope.constant(
      tensor(
        "bool",
        [n, 1],
        Uint8Array.from({ length: n }, (_, k) => Number(k === i)),
      ),
    );
    rows = where(own, scaled, sub(rows, mul(slice(rows, [i], [i + 1], [axis]), scaled)));
  }
  return slice(rows, [n], [width], [axis]);
}

/** A linear model from one time to another: x' = F·x + G·u, and the covariance of what noise adds. */
export interface Discrete {
  readonly F: Value;
  readonly G: Value | undefined;
  readonly Q: Value;
}

/** ẋ = A·x + B·u + w, where w has the spectral density Q. */
export interface Continuous {
  readonly A: Matrix;
  readonly B?: Matrix;
  readonly Q: Matrix;
}

/** Terms of the series: to rounding, for an argument of norm ½. */
const MAX_TERMS = 18;
/** A step may be as long as 2¹⁶ times what the series can do at once. */
const MAX_DOUBLINGS = 16;

/**
 * The model over `dt`: F = e^(A·dt), G = ∫e^(A·s)·B ds, Q = ∫e^(A·s)·Q·e^(Aᵀ·s) ds.
 *
 * Taylor's series over a part of the time that is halved until it is short enough, and then doubled again:
 * F(2t) = F², G(2t) = (F + 1)·G, Q(2t) = F·Q·Fᵀ + Q. A nilpotent A (an integrator, a chain of them) needs no halving.
 *
 * @param longest how long `dt` is expected to be at most, in s; unknown without it
 */
export function discretised({ A, B, Q }: Continuous, dt: Value, longest?: number): Discrete {
  const n = A.length;
  const constant = (a: Matrix): Value => dt.scope.constant(tensorOf(a));
  const spread = (X: Matrix): Matrix => plain.add(plain.multiply(A, X), plain.multiply(X, plain.transpose(A)));
  const series = [
    terms(plain.eye(n), (X) => plain.multiply(A, X), 0),
    B === undefined ? [] : terms(B, (X) => plain.multiply(A, X), 1),
    terms(Q, spread, 1),
  ] as const;
  const exact = series.every((s) => s.length < MAX_TERMS);
  const reach = 0.5 / norm(A);
  const needed = longest === undefined ? MAX_DOUBLINGS : Math.ceil(Math.log2(longest / reach));
  const doublings = exact ? 0 : Math.min(MAX_DOUBLINGS, Math.max(0, needed));
  const longer = Array.from({ length: doublings }, (_, k) => greater(dt, reach * 2 ** k));
  const t = longer.reduce((t, halves) => where(halves, mul(t, 0.5), t), dt);

  /** Σ terms·tᵏ by Horner's rule; the first of an integral is that of t¹. */
  const sum = (matrices: readonly Matrix[]): Value =>
    matrices.map(constant).reduceRight((sum, term) => add(term, mul(t, sum)));
  let F = sum(series[0]);
  let G = B === undefined ? undefined : mul(t, sum(series[1]));
  let noise = mul(t, sum(series[2]));
  for (const doubles of longer) {
    if (G !== undefined) G = where(doubles, add(matmul(F, G), G), G);
    noise = where(doubles, add(matmul(matmul(F, noise), transposed(F)), noise), noise);
    F = where(doubles, matmul(F, F), F);
  }
  return { F, G, Q: symmetrised(noise) };
}

/** X/1!, f(X)/2!, f(f(X))/3!, … (from 0! where `first` is 0), up to the last that is not 0. */
function terms(X: Matrix, f: (X: Matrix) => Matrix, first: number): Matrix[] {
  const all: Matrix[] = [X];
  while (all.length < MAX_TERMS) {
    const next = plain.scale(f(all.at(-1)!), 1 / (all.length + first));
    if (norm(next) === 0) break;
    all.push(next);
  }
  return all;
}

/** A normal estimate: mean [n, 1], and covariance [n, n]. */
export interface Estimate {
  readonly mean: Value;
  readonly covariance: Value;
}

/** F·P·Fᵀ + Q */
export const propagated = (F: Value, P: Value, Q: Value): Value =>
  symmetrised(add(matmul(matmul(F, P), transposed(F)), Q));

/**
 * The estimate after a measurement that differs by `innovation` [m, 1] from what was expected.
 *
 * The covariance is updated in Joseph's form, which stays symmetric and positive under rounding.
 * Source: Bar-Shalom, Li, Kirubarajan, *Estimation with Applications to Tracking and Navigation*, section 5.2.
 */
export function updated({ mean, covariance: P }: Estimate, innovation: Value, H: Value, R: Value): Estimate {
  const HP = matmul(H, P);
  const S = symmetrised(add(matmul(HP, transposed(H)), R));
  const gain = transposed(solvePositive(S, HP));
  const rest = sub(mean.scope.constant(tensorOf(plain.eye(Number(P.shape[0])))), matmul(gain, H));
  return {
    mean: add(mean, matmul(gain, innovation)),
    covariance: symmetrised(add(matmul(matmul(rest, P), transposed(rest)), matmul(matmul(gain, R), transposed(gain)))),
  };
}
