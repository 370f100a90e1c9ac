/**
 * How fast a signal oscillates: by its reversals, as ASTM E1049 (2017) counts peaks for fatigue.
 *
 *   ╭╮  ╭╮        every turn of at least `swing` is a reversal; two of them make one oscillation.
 *  ╱  ╲╱  ╲╱      Slow motion under it, uneven sampling and ripple below `swing` do not count.
 */

/** Frequency in Hz of a signal that was sampled for `span` seconds; `swing` is the least turn from peak to valley. */
export function oscillation(samples: readonly number[], swing: number, span: number): number {
  return span > 0 ? reversals(samples, swing) / (2 * span) : 0;
}

/** Turns of at least `swing` (above 0). */
export function reversals(samples: readonly number[], swing: number): number {
  if (samples.length === 0 || !(swing > 0)) return 0;
  let direction = 0;
  let high = samples[0]!;
  let low = samples[0]!;
  let turns = 0;
  for (const x of samples) {
    if (direction >= 0 && x > high) high = x;
    if (direction <= 0 && x < low) low = x;
    if (direction >= 0 && x <= high - swing) {
      turns += direction;
      direction = -1;
      low = x;
    } else if (direction <= 0 && x >= low + swing) {
      turns -= direction;
      direction = 1;
      high = x;
    }
  }
  return turns;
}
