/** Triangles (Smith 2017): from `low` up to the base rate and back, again and again. */
import type { Schedule } from "../schedule.js";

export interface CyclicOptions {
  /** Factor at the foot (default 0.1). */
  readonly low?: number;
  /** Steps from a foot to a peak (default: a tenth of all steps). */
  readonly half?: number;
  /** What each cycle's height is multiplied by (default 1; 0.5 is the `triangular2` of the paper). */
  readonly shrink?: number;
}

/**
 * Triangles between `low` and 1.
 *
 * @example
 * const { factor } = cyclic({ low: 0, half: 2 });
 * [1, 2, 3, 4, 5].map((step) => factor(step, 100)) // [0, 0.5, 1, 0.5, 0]
 */
export function cyclic({ low = 0.1, half, shrink = 1 }: CyclicOptions = {}): Schedule {
  return {
    name: "cyclic",
    factor(step, steps) {
      const rise = half ?? Math.max(1, steps / 10);
      const at = (step - 1) / rise;
      const cycle = Math.floor(at / 2);
      return low + (1 - low) * (1 - Math.abs(at - 2 * cycle - 1)) * shrink ** cycle;
    },
  };
}
