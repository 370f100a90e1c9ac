/** The fold that means of errors share. */
import type { Metric } from "./metric.js";

/** Mean over the messages of what each error counts; NaN without a message. */
export const mean =
  (of: (error: Float64Array) => number, finish: (mean: number) => number = (x) => x): Metric["start"] =>
  () => {
    let sum = 0;
    let count = 0;
    return {
      add(error) {
        sum += of(error);
        count++;
      },
      value: () => finish(sum / count),
    };
  };
