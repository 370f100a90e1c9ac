/** `every: n`: the first of each n rows. */
import type { Filter } from "./policy.js";

/**
 * @example
 * const filter = every(2);
 * [0, 1, 2, 3].map((i) => filter.passes({ tag_ns: i, microstep: 0, entries: [] })) // [true, false, true, false]
 */
export function every(n: number): Filter {
  let seen = 0;
  return {
    passes() {
      const first = seen === 0;
      seen = (seen + 1) % n;
      return first;
    },
    snapshot: () => seen,
    restore(saved) {
      seen = saved as number;
    },
  };
}
