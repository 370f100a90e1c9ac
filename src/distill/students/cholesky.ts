/** Solving with a symmetric positive definite matrix (Golub & Van Loan, Matrix Computations, 4.2). */

/**
 * Lower triangle L with L·Lᵀ = A, row-major [n, n]. A pivot that is not positive is a RangeError.
 *
 * @example
 * cholesky(Float64Array.of(4, 2, 2, 3), 2) // Float64Array [2, 0, 1, ≈1.414]
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i !== j) l[i * n + j] = sum / l[j * n + j];
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else throw new RangeError(`matrix is not positive definite at row ${i}`);
    }
  return l;
}

/**
 * X with L·Lᵀ·X = B, where B is row-major [n, width].
 *
 * @example
 * const a = Float64Array.of(4, 2, 2, 3);
 * solve(cholesky(a, 2), 2, Float64Array.of(8, 8), 1) // Float64Array [≈1.0, ≈2.0]
 */
export function solve(l: Float64Array, n: number, b: Float64Array, width: number): Float64Array {
  const x = b.slice();
  for (let c = 0; c < width; c++) {
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i * width + c] -= l[i * n + k] * x[k * width + c];
      x[i * width + c] /= l[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i * width + c] -= l[k * n + i] * x[k * width + c];
      x[i * width + c] /= l[i * n + i];
    }
  }
  return x;
}
