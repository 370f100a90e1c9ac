/** Euclidean distance at the end. */
import type { Metric } from "./metric.js";

/**
 * The last |error|; NaN without a message.
 *
 * @example
 * const fold = finalError.start();
 * fold.add(Float64Array.of(3, 4));
 * fold.add(Float64Array.of(0, 0));
 * fold.value() // 0
 */
export const finalError: Metric = {
  name: "final_error",
  doc: "Euclidean distance between the two ports at the last message of the first.",
  unit: (unit) => unit,
  start() {
    let last = Number.NaN;
    return {
      add(error) {
        last = Math.hypot(...error);
      },
      value: () => last,
    };
  },
};
