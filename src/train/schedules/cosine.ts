/** Half a cosine from 1 down to `floor` (Loshchilov & Hutter 2017, without restarts), after a linear warm-up. */
import type { Schedule } from "../schedule.js";

/**
 * `warmup` is the share of all steps in which the rate rises.
 *
 * @example
 * const { factor } = cosine({ warmup: 0.1 });
 * [5, 10, 55, 100].map((step) => factor(step, 100)) // [0.5, 1, 0.5, 0]
 */
export const cosine = ({ floor = 0, warmup = 0 }: { floor?: number; warmup?: number } = {}): Schedule => ({
  name: "cosine",
  factor(step, steps) {
    const rising = warmup * steps;
    if (step <= rising) return step / rising;
    const share = steps > rising ? (step - rising) / (steps - rising) : 1;
    return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * share));
  },
});
