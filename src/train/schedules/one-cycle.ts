/** One cycle (Smith & Topin 2018): up to the base rate, then down to nearly nothing, each by half a cosine. */
import type { Schedule } from "../schedule.js";

export interface OneCycleOptions {
  /** Share of all steps in which the rate rises (default 0.3). */
  readonly rising?: number;
  /** Factor at the first step (default 1/25). */
  readonly start?: number;
  /** Factor at the last step (default 1/250,000). */
  readonly end?: number;
}

const between = (from: number, to: number, share: number): number =>
  from + (to - from) * 0.5 * (1 - Math.cos(Math.PI * share));

/**
 * The base rate is the greatest one.
 *
 * @example
 * const { factor } = oneCycle({ start: 0.1, end: 0 });
 * [1, 30, 100].map((step) => factor(step, 100)) // [0.1, 1, 0]
 */
export function oneCycle({ rising = 0.3, start = 1 / 25, end = 1 / 250_000 }: OneCycleOptions = {}): Schedule {
  return {
    name: "one-cycle",
    factor(step, steps) {
      const [peak, last] = [rising * steps - 1, steps - 1];
      const at = step - 1;
      if (at <= peak) return peak > 0 ? between(start, 1, at / peak) : 1;
      return between(1, end, last > peak ? (at - peak) / (last - peak) : 1);
    },
  };
}
