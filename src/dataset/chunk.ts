/** The rows that a loader holds at one time. */
import type { RowSource } from "./open.js";
import { type Plan, segmentAt } from "./plan.js";
import type { Floats } from "./table.js";

export interface Chunk {
  readonly inputs: Floats;
  readonly outputs: Floats;
  /** Which row of the split each row is. */
  readonly numbers: Uint32Array;
  /** How many rows of its window each row has, itself included. */
  readonly held: Uint32Array;
  /** Rows that are given out, as places in the matrices: the first `count` of them. */
  readonly places: Uint32Array;
  count: number;
}

/** Room for a chunk, to be filled again and again. */
export function createChunk({ capacity }: Plan, { dtype, inputs, outputs }: RowSource): Chunk {
  const floats = (length: number): Floats =>
    dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
  return {
    inputs: floats(capacity * inputs.length),
    outputs: floats(capacity * outputs.length),
    numbers: new Uint32Array(capacity),
    held: new Uint32Array(capacity),
    places: new Uint32Array(capacity),
    count: 0,
  };
}

/**
 * Reads these blocks, in rising order.
 *
 * @param least rows that a window must have.
 */
export async function fillChunk(
  chunk: Chunk,
  plan: Plan,
  source: RowSource,
  blocks: Uint32Array,
  history: number,
  least: number,
): Promise<void> {
  const { segments, rows } = source;
  const { numbers, held, places } = chunk;
  chunk.count = 0;
  let at = 0;
  for (const block of blocks) {
    const from = block * plan.blockRows;
    const to = Math.min(from + plan.blockRows, rows);
    let s = segmentAt(segments, from);
    const lead = Math.min(history - 1, from - segments[s]![0]);
    await source.read(from - lead, to, chunk.inputs, chunk.outputs, at);
    at += lead;
    for (let row = from; row < to; row++, at++) {
      if (row >= segments[s]![1]) s++;
      numbers[at] = row;
      held[at] = Math.min(history, row - segments[s]![0] + 1);
      if (held[at]! >= least) places[chunk.count++] = at;
    }
  }
}

/** From so many numbers on, copying them as a block is faster than one by one. */
const BLOCK = 48;

/** Copies `count` numbers. */
export function copy(from: Floats, at: number, to: Floats, put: number, count: number): void {
  if (count < BLOCK) for (let i = 0; i < count; i++) to[put + i] = from[at + i]!;
  else to.set(from.subarray(at, at + count), put);
}

/** Copies the window of the row at `place`: `history` rows of `width` numbers, the first one repeated where it is short. */
export function copyWindow(
  from: Floats,
  place: number,
  held: number,
  history: number,
  width: number,
  to: Floats,
  put: number,
): void {
  const first = (place - held + 1) * width;
  let end = put;
  for (let missing = history - held; missing > 0; missing--, end += width) copy(from, first, to, end, width);
  copy(from, first, to, end, held * width);
}
