/**
 * `rate: 10hz`: the first row of each period of a clock that begins with the run.
 *
 * The periods lie where a node `on: 10hz` fires, so the mean rate is exact, whatever the rows' own: nothing is
 * accumulated, and a row that comes late does not move the ones after it.
 */
import type { Filter } from "./policy.js";

/**
 * @example
 * const filter = rate(40e6);
 * const rows = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => ({ tag_ns: i * 15e6, microstep: 0, entries: [] }));
 * rows.filter((row) => filter.passes(row)).map(({ tag_ns }) => tag_ns / 1e6) // [0, 45, 90, 120]
 */
export function rate(period_ns: number): Filter {
  let last = -1;
  return {
    passes({ tag_ns }) {
      const period = periodAt(tag_ns, period_ns);
      if (period <= last) return false;
      last = period;
      return true;
    },
    snapshot: () => last,
    restore(saved) {
      last = saved as number;
    },
  };
}

/**
 * Number of the period that holds a time; period k begins at round(k · period), as clocks fire.
 *
 * @example
 * periodAt(33_333_333, 1e9 / 30) // 1
 * periodAt(33_333_332, 1e9 / 30) // 0
 */
export function periodAt(time_ns: number, period_ns: number): number {
  const k = Math.floor(time_ns / period_ns);
  if (Math.round((k + 1) * period_ns) <= time_ns) return k + 1;
  return Math.round(k * period_ns) > time_ns ? k - 1 : k;
}
