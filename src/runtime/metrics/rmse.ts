/** Root of the mean squared Euclidean distance. */
import { mean } from "./mean.js";
import type { Metric } from "./metric.js";

/**
 * √(Σ |error|² / messages).
 *
 * @example
 * const fold = rmse.start();
 * fold.add(Float64Array.of(3, 4));
 * fold.add(Float64Array.of(0, 0));
 * fold.value() // ≈3.536
 */
export const rmse: Metric = {
  name: "rmse",
  doc: "Root of the mean, over the messages of the first port, of the squared Euclidean distance to the second.",
  unit: (unit) => unit,
  start: mean((error) => error.reduce((sum, e) => sum + e * e, 0), Math.sqrt),
};
