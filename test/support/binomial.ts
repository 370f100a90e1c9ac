/** Exact binomial intervals, for counts of what is drawn with a known probability. */

/**
 * The narrowest numbers [low, high] of hits in n draws of probability p such that fewer, and more, each have no more than
 * half of `outside`.
 *
 * Exact: sums of the probabilities themselves, by logarithms of factorials.
 */
export function binomialInterval(n: number, p: number, outside = 0.001): readonly [number, number] {
  const logFactorial = [0];
  for (let i = 1; i <= n; i++) logFactorial.push(logFactorial[i - 1]! + Math.log(i));
  const probability = (k: number): number =>
    Math.exp(logFactorial[n]! - logFactorial[k]! - logFactorial[n - k]! + k * Math.log(p) + (n - k) * Math.log1p(-p));
  const bound = (from: number, step: 1 | -1): number => {
    let tail = 0;
    for (let k = from; ; k += step) {
      tail += probability(k);
      if (tail > outside / 2) return k;
    }
  };
  return [bound(0, 1), bound(n, -1)];
}
