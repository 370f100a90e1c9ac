/** Rounding that JavaScript does not have. */

/**
 * The nearest integer; halves go to the even one, and the sign of zero is kept (IEEE 754 roundToIntegralTiesToEven).
 *
 * @example
 * [0.5, 1.5, 2.5, -0.2].map(rint) // [0, 2, 2, -0]
 */
export function rint(x: number): number {
  // at this size the sum has no fraction left, and the processor has rounded as it always does
  const limit = 2 ** 52;
  if (!(Math.abs(x) < limit)) return x;
  return x < 0 || Object.is(x, -0) ? -(limit - x - limit) : x + limit - limit;
}
