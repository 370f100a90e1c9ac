/** Root of the mean squared Euclidean distance. */
import type { Metric } from "./metric.js";

export const rmse: Metric = {
  name: "rmse",
  doc: "Root of the mean, over the messages of the first port, of the squared Euclidean distance to the second.",
  unit: (unit) => unit,
  start() {
    let sum = 0;
    let count = 0;
    return {
      add(error) {
        for (const e of error) sum += e * e;
        count++;
      },
      value: () => Math.sqrt(sum / count),
    };
  },
};
