/** The rows that a loader holds at one time. */
import type { RowSource } from "./open.js";
import { type Plan, segmentAt } from "./plan.js";
import type { Floats } from "./scratch.js";

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
  const reads: (() => Promise<void>)[] = [];
  chunk.count = 0;
  let at = 0;
  for (const block of blocks) {
    const from = block * plan.blockRows;
    const to = Math.min(from + plan.blockRows, rows);
    let s = segmentAt(segments, from);
    const lead = Math.min(history - 1, from - segments[s]![0]);
    const start = at;
    reads.push(() => source.read(from - lead, to, chunk.inputs, chunk.outputs, start));
    at += lead;
    for (let row = from; row < to; row++, at++) {
      if (row >= segments[s]![1]) s++;
      numbers[at] = row;
      held[at] = Math.min(history, row - segments[s]![0] + 1);
      if (held[at]! >= least) places[chunk.count++] = at;
    }
  }
  const lane = async (): Promise<void> => {
    for (let read = reads.shift(); read !== undefined; read = reads.shift()) await read();
  };
  // after a failure too, no read goes on behind the caller's back
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Reads at one time: as many as Node has threads for them. */
const LANES = 4;

/** Which rows of the split these are, into `to` from `at` on. */
export function gatherNumbers({ numbers }: Chunk, places: Uint32Array, to: Uint32Array, at: number): void {
  for (let i = 0; i < places.length; i++) to[at + i] = numbers[places[i]!]!;
}

/**
 * Rows of `width` numbers at these places, into `to` from row `at` on.
 *
 * The first column goes first: its rows, which lie anywhere in memory, are then fetched side by side and not one after
 * the other, which takes two thirds of the time.
 */
export function gatherRows(from: Floats, places: Uint32Array, width: number, to: Floats, at: number): void {
  for (let i = 0; i < places.length; i++) to[(at + i) * width] = from[places[i]! * width]!;
  let put = at * width;
  for (let i = 0; i < places.length; i++) {
    const end = (places[i]! + 1) * width;
    for (let c = end - width; c < end; c++) to[put++] = from[c]!;
  }
}

/** Windows of `history` rows that end at these places, the first row repeated where a window is short. */
export function gatherWindows(
  { inputs, held }: Chunk,
  places: Uint32Array,
  history: number,
  width: number,
  to: Floats,
  at: number,
): void {
  if (history === 1) {
    gatherRows(inputs, places, width, to, at);
    return;
  }
  let put = at * history * width;
  for (const place of places) {
    const end = (place + 1) * width;
    const first = end - held[place]! * width;
    for (let missing = history - held[place]!; missing > 0; missing--, put += width)
      to.set(inputs.subarray(first, first + width), put);
    to.set(inputs.subarray(first, end), put);
    put += end - first;
  }
}
