/** The rows of a dataset as a stream of batches, in bounded memory. */
import { createHash } from "node:crypto";
import { type LoaderOptions, loader } from "../dataset/loader.js";
import type { View } from "../dataset/open.js";
import { countWindows } from "../dataset/plan.js";
import { tensor } from "../onnx/tensor.js";
import type { Stream } from "./data.js";

export type DatasetStreamOptions = Omit<LoaderOptions, "start" | "epochs" | "drop_last">;

/** More epochs than any training asks for: a stream goes on for as long as it is read. */
const MANY = 1 << 30;

/**
 * Column `x` has the inputs, [rows, width], or with a history [rows, history, width]; column `y` the outputs,
 * [rows, width]. Rows without enough history are not counted, unless `pad` lets the first row stand in.
 *
 * Errors: those of `loader`.
 *
 * @example
 * const view = trainingView(await openDataset("double"));
 * const stream = datasetStream(view, { batch: 32, shuffle: true, seed: 7 });
 * stream.columns.map(({ name, dims }) => [name, dims]) // [["x", [1]], ["y", [1]]]
 */
export function datasetStream(view: View, options: DatasetStreamOptions): Stream {
  const { split = "train", history = 1, pad, batch } = options;
  const { rows, dtype, inputs, outputs, segments } = view.source(split);
  const width = history > 1 ? [history, inputs.length] : [inputs.length];
  const { memory_bytes: _, ...which } = options;
  return {
    rows: countWindows(segments, pad === undefined ? history : 1)(rows),
    batch,
    columns: [
      { name: "x", dtype, dims: width },
      { name: "y", dtype, dims: [outputs.length] },
    ],
    digest: createHash("sha256")
      .update(JSON.stringify([view.manifest, which]))
      .digest("hex"),
    async *open(start) {
      for await (const { inputs: x, outputs: y } of loader(view, { ...options, epochs: MANY, start }))
        yield {
          x: tensor(dtype, [x.rows, ...width], x.data),
          y: tensor(dtype, [y.rows, y.width], y.data),
        };
    },
  };
}
