/**
 * What dropout is fed with: a table of masks for each dropout, the same for the whole training, and for every row of
 * every batch a row of the tables, drawn from the seed and the epoch.
 */
import { type Rng, rng, seedOf } from "../component/rng.js";
import type { Tensors } from "../onnx/ir.js";
import { tensor } from "../onnx/tensor.js";
import type { Dropped } from "./batch-gradient.js";
import type { Position } from "./data.js";
import { inputName } from "./names.js";

/** Rows of a table, and elements of the largest one: wide masks are many random numbers in few rows. */
const MOST_ROWS = 4096;
const MOST_ELEMENTS = 1 << 22;
const LEAST_ROWS = 64;

export interface Masks {
  /** Feeds for `count` batches of `size` rows. Batches of an epoch are asked for in order. */
  take(from: Position, count: number, size: number): Tensors;
}

export function masksOf(dropped: readonly Dropped[], batch: number, seed: number): Masks {
  if (dropped.length === 0) return { take: () => ({}) };
  const widest = Math.max(...dropped.map((d) => d.size));
  const rows = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_ELEMENTS / widest)));
  const draws = rng(seedOf(seed, "masks"));
  const tables = Object.fromEntries(
    dropped.map(({ size, rate }, i) => {
      const kept = 1 / (1 - rate);
      const data = Float32Array.from({ length: rows * size }, () => (draws.uniform() < rate ? 0 : kept));
      return [inputName.masks(i), tensor("float32", [rows, size], data)];
    }),
  );
  let epochOf = -1;
  let choice: Rng = draws;
  const draw = (count: number): Int32Array => {
    return Int32Array.from({ length: count }, () => choice.integer(rows));
  };
  return {
    take({ epoch, batch: first }, count, size) {
      if (epochOf !== epoch) {
        choice = rng(seedOf(seed, `dropout/${epoch}`));
        epochOf = epoch;
        draw(first * batch);
      }
      return { ...tables, mask_rows: tensor("int32", [count, size], draw(count * size)) };
    },
  };
}
