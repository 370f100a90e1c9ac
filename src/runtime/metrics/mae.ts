/** Mean Euclidean distance. */
import { mean } from "./mean.js";
import type { Metric } from "./metric.js";

/**
 * Σ |error| / messages.
 *
 * @example
 * const fold = mae.start();
 * fold.add(Float64Array.of(3, 4));
 * fold.add(Float64Array.of(0, 0));
 * fold.value() // 2.5
 */
export const mae: Metric = {
  name: "mae",
  doc: "Mean, over the messages of the first port, of the Euclidean distance to the second.",
  unit: (unit) => unit,
  start: mean((error) => Math.hypot(...error)),
};
