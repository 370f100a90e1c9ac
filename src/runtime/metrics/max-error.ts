/** Largest Euclidean distance. */
import type { Metric } from "./metric.js";

/**
 * max |error|; NaN without a message.
 *
 * @example
 * const fold = maxError.start();
 * fold.add(Float64Array.of(3, 4));
 * fold.add(Float64Array.of(0, 0));
 * fold.value() // 5
 */
export const maxError: Metric = {
  name: "max_error",
  doc: "Largest Euclidean distance between the two ports, over the messages of the first.",
  unit: (unit) => unit,
  start() {
    let most = Number.NaN;
    return {
      add(error) {
        const distance = Math.hypot(...error);
        if (!(distance <= most)) most = distance;
      },
      value: () => most,
    };
  },
};
