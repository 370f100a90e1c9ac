/** Special functions that JavaScript does not have, to about the last bit of a double. */

/**
 * The error function, 2/√π · ∫₀ˣ e^(−t²) dt: a series of positive terms for small x, the continued fraction of its
 * complement for large (Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14).
 *
 * @example
 * erf(0) // 0
 * erf(Number.NEGATIVE_INFINITY) // -1
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size >= 6) return Math.sign(x);
  if (size < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
      term *= (2 * size * size) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum;
  }
  let fraction = size;
  for (let n = 60; n > 0; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * fraction));
}
