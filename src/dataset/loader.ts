/** Batches of rows, for training steps. */
import { fail } from "../problem/problem.js";
import type { Split } from "./manifest.js";
import type { ColumnMatrix, View } from "./open.js";
import { shuffled } from "./split.js";

export interface LoaderOptions {
  /** Rows a batch; the last of an epoch may have fewer. */
  readonly batch: number;
  readonly split?: Split;
  /** A new order each epoch, given by the seed and the epoch. */
  readonly shuffle?: boolean;
  readonly seed?: number;
  /** How many times every row is given (default 1). */
  readonly epochs?: number;
}

export interface Batch {
  readonly epoch: number;
  /** Which rows of the split these are. */
  readonly rows: Uint32Array;
  /** [rows, width], row-major, of all input ports and of all output ports. */
  readonly inputs: ColumnMatrix;
  readonly outputs: ColumnMatrix;
}

/**
 * Batches of a view's rows, each row once an epoch.
 *
 * @throws LimbeckError L0723 for a batch that is no positive integer; as `View.matrix`.
 * @example
 * const view = trainingView(await openDataset("double"));
 * const sizes: number[] = [];
 * for await (const { inputs } of loader(view, { batch: 32, shuffle: true, seed: 7 })) sizes.push(inputs.rows);
 * sizes // [32, 32, 4]
 */
export async function* loader(view: View, options: LoaderOptions): AsyncGenerator<Batch> {
  const { batch, split = "train", shuffle = false, seed = 0, epochs = 1 } = options;
  if (!Number.isSafeInteger(batch) || batch < 1)
    fail("L0723", { what: "`batch`", found: String(batch), expected: "a positive integer" });
  const inputs = await view.matrix("inputs", split);
  const outputs = await view.matrix("outputs", split);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffle
      ? shuffled(inputs.rows, mix(seed, epoch))
      : Uint32Array.from({ length: inputs.rows }, (_, i) => i);
    for (let at = 0; at < order.length; at += batch) {
      const rows = order.subarray(at, at + batch);
      yield { epoch, rows, inputs: pick(inputs, rows), outputs: pick(outputs, rows) };
    }
  }
}

/** A seed for each epoch, far from its neighbours' (Knuth's multiplicative hash). */
const mix = (seed: number, epoch: number): number => (seed ^ Math.imul(epoch, 0x9e3779b1)) | 0;

function pick(matrix: ColumnMatrix, rows: Uint32Array): ColumnMatrix {
  const { width, columns, data } = matrix;
  const length = rows.length * width;
  const picked = data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  for (let i = 0; i < rows.length; i++) picked.set(data.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
  return { rows: rows.length, width, columns, data: picked };
}
