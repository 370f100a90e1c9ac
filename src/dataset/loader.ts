/**
 * Batches of rows, for training steps, in bounded memory.
 *
 *     rows ─ blocks ─ shuffled ─► chunk (as many blocks as half the limit holds) ─ rows shuffled ─► batches
 *                                 chunk after it: read meanwhile
 *
 * Data that fits into the limit is one chunk, read once, and each order of its rows is as likely. Larger data is read
 * anew each epoch; a batch then mixes rows of a hundred blocks or more from all over it.
 */
import { fail } from "../problem/problem.js";
import { type Chunk, createChunk, fillChunk, gatherNumbers, gatherRows, gatherWindows } from "./chunk.js";
import type { Split } from "./manifest.js";
import type { ColumnMatrix, RowSource, View } from "./open.js";
import { countWindows, type Plan, planChunks } from "./plan.js";
import type { Floats } from "./scratch.js";
import { shuffled, shuffleInPlace } from "./split.js";

export interface LoaderOptions {
  /** Rows a batch; the last of an epoch may have fewer. */
  readonly batch: number;
  readonly split?: Split;
  /** A new order each epoch, given by the seed and the epoch. */
  readonly shuffle?: boolean;
  readonly seed?: number;
  /** How many times every row is given (default 1). */
  readonly epochs?: number;
  /** Rows of inputs a row, itself the last of them (default 1). A window stays in its episode and its split. */
  readonly history?: number;
  /** Rows without enough history are left out (default), or the first row of their episode stands in. */
  readonly pad?: "first";
  /** Leave out the last batch of an epoch when it is not full. */
  readonly drop_last?: boolean;
  /** What columns in memory may take, batches in your hands apart (default 256 MiB). */
  readonly memory_bytes?: number;
  /** Where to go on: the `next` of the last batch that was used, under the same options. */
  readonly start?: Position;
}

/** A batch that is to come, by number. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
}

export interface Batch {
  readonly epoch: number;
  /** Which rows of the split these are. */
  readonly rows: Uint32Array;
  /** [rows, history, width], row-major, of all input ports; each window begins with its oldest row. */
  readonly inputs: ColumnMatrix & { readonly history: number };
  /** [rows, width], row-major, of all output ports. */
  readonly outputs: ColumnMatrix;
  /** The position after this batch. */
  readonly next: Position;
}

const MEMORY_BYTES = 256 * 1024 * 1024;

/**
 * Batches of a view's rows, each row once an epoch.
 *
 * @throws LimbeckError L0723 for an option that is out of its range, L0774 for a limit that holds no two blocks; as
 * `View.matrix`.
 * @example
 * const dataset = await openDataset("double");
 * const sizes: number[] = [];
 * const batches = loader(trainingView(dataset), { batch: 32, shuffle: true, seed: 7 });
 * for await (const { inputs } of batches) sizes.push(inputs.rows);
 * sizes // [32, 32, 4]
 * await dataset.close();
 */
export async function* loader(view: View, options: LoaderOptions): AsyncGenerator<Batch, void, undefined> {
  const { batch, split = "train", epochs = 1, history = 1, pad, drop_last = false } = options;
  const { start = { epoch: 0, batch: 0 }, memory_bytes = MEMORY_BYTES } = options;
  for (const [name, value] of Object.entries({ batch, epochs, history, memory_bytes }))
    if (!Number.isSafeInteger(value) || value < 1)
      fail("L0723", { what: `\`${name}\``, found: String(value), expected: "a positive integer" });
  const source = view.source(split);
  const least = pad === undefined ? history : 1;
  const before = countWindows(source.segments, least);
  const rows = before(source.rows);
  const batches = drop_last ? Math.floor(rows / batch) : Math.ceil(rows / batch);
  checkStart(start, epochs, batches);
  const plan = planChunks(source, history, memory_bytes);

  const [from, take] = [history * source.inputs.length, source.outputs.length];
  const floats = (length: number): Floats =>
    source.dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
  const make = ({ epoch, batch: number }: Position): Batch => {
    const size = Math.min(batch, rows - number * batch);
    const last = number + 1 === batches;
    return {
      epoch,
      rows: new Uint32Array(size),
      inputs: { rows: size, width: source.inputs.length, history, columns: source.inputs, data: floats(size * from) },
      outputs: { rows: size, width: take, columns: source.outputs, data: floats(size * take) },
      next: last ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: number + 1 },
    };
  };

  let at = start;
  let filled = 0;
  let open: Batch | undefined;
  for await (const { epoch, chunk, order, first } of chunks({
    ...options,
    source,
    plan,
    before,
    history,
    least,
    epochs,
    start,
  })) {
    if (epoch !== at.epoch) at = { epoch, batch: 0 };
    for (let i = first; i < order.length && at.batch < batches; ) {
      open ??= make(at);
      const places = order.subarray(i, i + open.rows.length - filled);
      gatherNumbers(chunk, places, open.rows, filled);
      gatherWindows(chunk, places, history, source.inputs.length, open.inputs.data, filled);
      gatherRows(chunk.outputs, places, take, open.outputs.data, filled);
      i += places.length;
      filled += places.length;
      if (filled < open.rows.length) continue;
      yield open;
      open = undefined;
      filled = 0;
      at = { epoch, batch: at.batch + 1 };
    }
  }
}

function checkStart({ epoch, batch }: Position, epochs: number, batches: number): void {
  const ended = epoch === epochs && batch === 0;
  if (
    !ended &&
    !(
      Number.isInteger(epoch) &&
      epoch >= 0 &&
      epoch < epochs &&
      Number.isInteger(batch) &&
      batch >= 0 &&
      batch < Math.max(1, batches)
    )
  )
    fail("L0723", {
      what: "`start`",
      found: `batch ${batch} of epoch ${epoch}`,
      expected: `one of ${batches} batches of ${epochs} ${epochs === 1 ? "epoch" : "epochs"}`,
    });
}

interface Course extends Pick<LoaderOptions, "batch" | "shuffle" | "seed"> {
  readonly source: RowSource;
  readonly plan: Plan;
  /** How many rows that are given out stand before a row. */
  readonly before: (row: number) => number;
  readonly history: number;
  readonly least: number;
  readonly epochs: number;
  readonly start: Position;
}

/** The chunks of all epochs, each with the order of its rows; the next one is read while one is used. */
async function* chunks(course: Course) {
  const { source, plan, shuffle = false, seed = 0, history, least } = course;
  const turns = turnsOf(course);
  const buffers: Chunk[] = [];
  let n = 0;
  const begin = () => {
    const { value: turn } = turns.next();
    if (turn === undefined) return undefined;
    // what is all there is stays
    if (plan.chunks === 1 && buffers.length > 0) return { turn, ready: Promise.resolve(buffers[0]!) };
    const i = plan.chunks === 1 ? 0 : n++ % 2;
    buffers[i] ??= createChunk(plan, source);
    const chunk = buffers[i];
    const ready = fillChunk(chunk, plan, source, turn.blocks, history, least).then(() => chunk);
    // its failure is thrown where it is awaited, and nobody may come to it
    ready.catch(() => {});
    return { turn, ready };
  };
  let coming = begin();
  try {
    while (coming !== undefined) {
      const { epoch, index, first } = coming.turn;
      const chunk: Chunk = await coming.ready;
      coming = begin();
      const order = chunk.places.slice(0, chunk.count);
      if (shuffle) shuffleInPlace(order, mix(seed, epoch, index));
      yield { epoch, chunk, order, first };
    }
  } finally {
    // no file is being read once the iteration has ended
    await coming?.ready.catch(() => {});
  }
}

/** What is to be read, in order. `first`: rows of the chunk that were given out before. */
function* turnsOf({ source, plan, before, shuffle = false, seed = 0, epochs, start, batch }: Course) {
  const size = (block: number): number =>
    before(Math.min(source.rows, (block + 1) * plan.blockRows)) - before(block * plan.blockRows);
  let skip = start.batch * batch;
  for (let epoch = start.epoch; epoch < epochs; epoch++) {
    const order = shuffle ? shuffled(plan.blocks, mix(seed, epoch, -1)) : identity(plan.blocks);
    for (let index = 0; index < plan.chunks; index++) {
      const blocks = order.slice(index * plan.chunkBlocks, (index + 1) * plan.chunkBlocks).sort();
      const rows = blocks.reduce((sum, block) => sum + size(block), 0);
      if (skip < rows) yield { epoch, index, blocks, first: skip };
      skip = Math.max(0, skip - rows);
    }
  }
}

const identity = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);

/** A seed for each chunk of each epoch, far from its neighbours' (Knuth's multiplicative hash). */
const mix = (seed: number, epoch: number, chunk: number): number =>
  (seed ^ Math.imul(epoch, 0x9e3779b1) ^ Math.imul(chunk + 1, 0x85ebca6b)) | 0;
