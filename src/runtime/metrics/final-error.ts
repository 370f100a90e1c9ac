/** Euclidean distance at the end. */
import type { Metric } from "./metric.js";

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
