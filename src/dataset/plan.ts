/** How a loader cuts rows into blocks, which are read at one stroke, and blocks into chunks, which are held in memory. */
import { fail } from "../problem/problem.js";
import type { Range } from "./manifest.js";
import type { RowSource } from "./open.js";

export interface Plan {
  /** Rows of a block; the last may have fewer. */
  readonly blockRows: number;
  readonly blocks: number;
  /** Blocks of a chunk. */
  readonly chunkBlocks: number;
  readonly chunks: number;
  /** Rows that a chunk has room for, with those that are only there as history. */
  readonly capacity: number;
}

/** Large enough to be read at the disk's own rate. */
const BLOCK_BYTES = 2 ** 20;
/** A chunk has at least as many blocks, so that a batch mixes rows from as many places. */
const LEAST_BLOCKS = 128;
/** Beside its columns a row has its number, its place in the order and what is held before it. */
const ROW_BYTES = 16;

/** @throws LimbeckError L0774 when not even two chunks of smallest blocks fit into the limit. */
export function planChunks(source: RowSource, history: number, memory_bytes: number): Plan {
  const { rows, inputs, outputs, dtype } = source;
  const rowBytes = (inputs.length + outputs.length) * (dtype === "float32" ? 4 : 8) + ROW_BYTES;
  const lead = history - 1;
  if (rows * rowBytes <= memory_bytes) {
    // no room for leads is needed in one block; several share the limit with them
    const blockRows = Math.max(1, lead, Math.floor(BLOCK_BYTES / rowBytes));
    const blocks = Math.ceil(rows / blockRows);
    const capacity = rows + blocks * lead;
    if (capacity * rowBytes <= memory_bytes) return { blockRows, blocks, chunkBlocks: blocks, chunks: 1, capacity };
  }
  const half = memory_bytes / 2;
  const most = Math.floor(Math.min(BLOCK_BYTES, half / LEAST_BLOCKS) / rowBytes);
  const blockRows = Math.max(1, lead, most);
  const chunkBlocks = Math.floor(half / ((blockRows + lead) * rowBytes));
  if (chunkBlocks < 1) return fail("L0774", { limit: memory_bytes, need: 2 * (blockRows + lead) * rowBytes });
  const blocks = Math.ceil(rows / blockRows);
  const chunks = Math.ceil(blocks / chunkBlocks);
  return { blockRows, blocks, chunkBlocks, chunks, capacity: chunkBlocks * (blockRows + lead) };
}

/** Index of the segment that a row lies in. */
export function segmentAt(segments: readonly Range[], row: number): number {
  let [low, high] = [0, segments.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle]![1] > row) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** For each row number, how many rows before it have `least` rows of their segment up to themselves. */
export function countWindows(segments: readonly Range[], least: number): (row: number) => number {
  const before = new Float64Array(segments.length + 1);
  for (const [i, [from, to]] of segments.entries()) before[i + 1] = before[i]! + Math.max(0, to - from - least + 1);
  return (row) => {
    const i = segmentAt(segments, row);
    const [from, to] = segments[i] ?? [0, 0];
    return before[i]! + Math.max(0, Math.min(row, to) - from - least + 1);
  };
}
