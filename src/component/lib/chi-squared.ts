/** The χ² distribution: how far a normal vector may lie from its mean. */

/**
 * The squared Mahalanobis distance within which a normal vector of `n` elements lies with this probability.
 *
 * Bisection on the regularised lower incomplete gamma function by its series.
 * Source: Abramowitz & Stegun, *Handbook of Mathematical Functions*, 6.5.29 and 26.4.
 *
 * @example
 * chiSquaredQuantile(0.95, 2) // 5.9914… (−2·ln 0.05)
 */
export function chiSquaredQuantile(probability: number, n: number): number {
  let [low, high] = [0, n];
  while (chiSquared(high, n) < probability) high *= 2;
  while (high - low > 1e-13 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (chiSquared(middle, n) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability of a squared distance of at most `x`. */
function chiSquared(x: number, n: number): number {
  const [a, half] = [n / 2, x / 2];
  let term = Math.exp(a * Math.log(half) - half - logGamma(a + 1));
  let sum = term;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= half / (a + k);
    sum += term;
  }
  return sum;
}

/** ln Γ at multiples of ½, exactly by recursion. */
function logGamma(a: number): number {
  let sum = 0;
  let at = a;
  for (; at > 1; at--) sum += Math.log(at - 1);
  return at === 1 ? sum : sum + Math.log(Math.PI) / 2;
}
