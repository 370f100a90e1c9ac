/** Small dense matrices as lists of rows: what Riccati equations and Kalman filters are made of. */
import Type from "typebox";
import type { Tensor } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import { fail } from "../../problem/problem.js";

export type Matrix = readonly (readonly number[])[];

/** Rows or columns that a matrix among the params may have. */
export const MAX_SIZE = 64;

const row = Type.Array(Type.Number(), { minItems: 1, maxItems: MAX_SIZE });

/** A param that is a matrix: a list of rows. */
export const matrixParam = (description: string, options: object = {}) =>
  Type.Array(row, { minItems: 1, maxItems: MAX_SIZE, description: `${description}, row by row`, ...options });

/** A param that is a vector. */
export const vectorParam = (description: string, options: object = {}) =>
  Type.Array(Type.Number(), { minItems: 1, maxItems: MAX_SIZE, description, ...options });

/** @throws LimbeckError L0416 when `matrix` is not rows × columns */
export function checkSize(name: string, matrix: Matrix, rows: number, columns: number, why: string): void {
  if (matrix.length === rows && matrix.every((r) => r.length === columns)) return;
  const widths = [...new Set(matrix.map((r) => r.length))];
  const size =
    widths.length === 1 ? `is ${matrix.length} × ${widths[0]}` : `has rows of different length (${widths.join(", ")})`;
  fail(
    "L0416",
    {
      reason: `\`${name}\` ${size}, and must be ${rows} × ${columns}: ${why}`,
      help: "A matrix is a list of its rows: `[[1, 0], [0, 1]]`.",
    },
    { path: `/params/${name}` },
  );
}

/** @throws LimbeckError L0416 when `matrix` is not symmetric and positive definite (or semi-definite) */
export function checkDefinite(name: string, matrix: Matrix, kind: "definite" | "semi-definite"): void {
  const tolerance = 1e-9 * norm(matrix);
  const symmetric = matrix.every((r, i) => r.every((v, j) => Math.abs(v - matrix[j]![i]!) <= tolerance));
  const lifted = kind === "definite" ? matrix : add(matrix, scale(eye(matrix.length), 1e-12 * norm(matrix)));
  if (symmetric && ((kind === "semi-definite" && norm(matrix) === 0) || cholesky(lifted) !== undefined)) return;
  fail(
    "L0416",
    {
      reason: `\`${name}\` is not ${symmetric ? `positive ${kind}` : "symmetric"}`,
      help:
        kind === "definite"
          ? "Start from a diagonal matrix with numbers above zero: `[[1, 0], [0, 1]]`."
          : "Start from a diagonal matrix with numbers that are not below zero: `[[1, 0], [0, 0]]`.",
    },
    { path: `/params/${name}` },
  );
}

export const eye = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));

export const diagonal = (values: ArrayLike<number>): number[][] =>
  Array.from({ length: values.length }, (_, i) =>
    Array.from({ length: values.length }, (_, j) => (i === j ? values[i]! : 0)),
  );

export const transpose = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map((r) => r[j]!));

export function multiply(a: Matrix, b: Matrix): number[][] {
  const columns = b[0]!.length;
  return a.map((r) => {
    const out = new Array<number>(columns).fill(0);
    for (let k = 0; k < r.length; k++) {
      const v = r[k]!;
      if (v !== 0) for (let j = 0; j < columns; j++) out[j]! += v * b[k]![j]!;
    }
    return out;
  });
}

/** a · x */
export const apply = (a: Matrix, x: ArrayLike<number>): number[] =>
  a.map((r) => {
    let sum = 0;
    for (let j = 0; j < r.length; j++) sum += r[j]! * x[j]!;
    return sum;
  });

export const add = (a: Matrix, b: Matrix): number[][] => a.map((r, i) => r.map((v, j) => v + b[i]![j]!));
export const subtract = (a: Matrix, b: Matrix): number[][] => a.map((r, i) => r.map((v, j) => v - b[i]![j]!));
export const scale = (a: Matrix, by: number): number[][] => a.map((r) => r.map((v) => v * by));

/** (a + aᵀ)/2: takes out what rounding did to a symmetric matrix. */
export const symmetrised = (a: Matrix): number[][] => a.map((r, i) => r.map((v, j) => (v + a[j]![i]!) / 2));

/** Frobenius norm. */
export const norm = (a: Matrix): number => Math.hypot(...a.flat());

/** a⁻¹ · b by elimination with partial pivoting; `undefined` when a is singular. */
export function solve(a: Matrix, b: Matrix): number[][] | undefined {
  const n = a.length;
  const left = a.map((r) => [...r]);
  const right = b.map((r) => [...r]);
  const tiny = 1e-300 + Number.EPSILON * norm(a) * 1e-3;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(left[i]![k]!) > Math.abs(left[pivot]![k]!)) pivot = i;
    if (!(Math.abs(left[pivot]![k]!) > tiny)) return undefined;
    [left[k], left[pivot]] = [left[pivot]!, left[k]!];
    [right[k], right[pivot]] = [right[pivot]!, right[k]!];
    for (let i = k + 1; i < n; i++) {
      const factor = left[i]![k]! / left[k]![k]!;
      if (factor === 0) continue;
      for (let j = k; j < n; j++) left[i]![j]! -= factor * left[k]![j]!;
      for (let j = 0; j < right[i]!.length; j++) right[i]![j]! -= factor * right[k]![j]!;
    }
  }
  for (let k = n - 1; k >= 0; k--)
    for (let j = 0; j < right[k]!.length; j++) {
      let sum = right[k]![j]!;
      for (let i = k + 1; i < n; i++) sum -= left[k]![i]! * right[i]![j]!;
      right[k]![j] = sum / left[k]![k]!;
    }
  return right;
}

/** The lower triangle L of a = L · Lᵀ; `undefined` when a is not positive definite. */
export function cholesky(a: Matrix): number[][] | undefined {
  const lower = a.map((r) => r.map(() => 0));
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      if (i !== j) lower[i]![j] = sum / lower[j]![j]!;
      else if (sum > 0) lower[i]![i] = Math.sqrt(sum);
      else return undefined;
    }
  return lower;
}

/** eᵃ by scaling and squaring of its Taylor series (18 terms of an argument of norm ≤ ½: to rounding). */
export function expm(a: Matrix): number[][] {
  const squarings = Math.max(0, Math.ceil(Math.log2(norm(a) * 2 || 1)));
  const small = scale(a, 2 ** -squarings);
  let term = eye(a.length);
  let sum = term;
  for (let k = 1; k <= 18; k++) {
    term = scale(multiply(term, small), 1 / k);
    sum = add(sum, term);
  }
  for (let k = 0; k < squarings; k++) sum = multiply(sum, sum);
  return sum;
}

/** Rows beside each other: [a b; c d]. */
export const blocks = (a: Matrix, b: Matrix, c: Matrix, d: Matrix): number[][] => [
  ...a.map((r, i) => [...r, ...b[i]!]),
  ...c.map((r, i) => [...r, ...d[i]!]),
];

/** The matrix as a constant of a graph. */
export const tensorOf = (a: Matrix): Tensor => tensor("float64", [a.length, a[0]!.length], a.flat());

/** The matrix as a row-major tensor. */
export const flat = (a: Matrix): Float64Array => Float64Array.from(a.flat());
