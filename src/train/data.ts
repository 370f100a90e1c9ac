/** What is trained on: columns in memory, or batches that come from elsewhere (a dataset too large for memory). */
import { createHash } from "node:crypto";
import { rng, seedOf } from "../component/rng.js";
import type { Tensor, Tensors } from "../onnx/ir.js";
import { isFloat, sizeOf, toBytes } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import type { ColumnInfo } from "./environment.js";
import { shuffle } from "./shuffle.js";

/** A batch by number; both count from 0. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
}

/** Batches in an order of their own. */
export interface Stream {
  /** Rows of an epoch. */
  readonly rows: number;
  /** Rows of a batch; the last of an epoch may have fewer. */
  readonly batch: number;
  readonly columns: readonly ColumnInfo[];
  /** What tells these data from others, in check-points. */
  readonly digest?: string;
  /** The batches from `start` on, epoch after epoch; the same ones whenever it is asked. */
  open(start: Position): AsyncIterable<Tensors>;
}

/** Columns by name, all with as many rows; or a stream of batches. */
export type Data = Tensors | Stream;

export const isStream = (data: Data): data is Stream => typeof (data as Stream).open === "function";

/** The columns of data. Errors: L0951 columns that do not hold. */
export function columnsOf(what: string, data: Data): { rows: number; columns: readonly ColumnInfo[] } {
  const refuse = (reason: string): never => fail("L0951", { reason });
  if (isStream(data)) {
    if (!(data.rows >= 1)) refuse(`the ${what} split has no rows`);
    return { rows: data.rows, columns: data.columns };
  }
  const entries = Object.entries(data);
  const [first] = entries;
  if (first === undefined) return refuse(`the ${what} split has no columns`);
  const rows = first[1].dims[0];
  for (const [name, t] of entries) {
    if (t.dims.length === 0) refuse(`column \`${name}\` of the ${what} split has no axis of rows`);
    if (t.dims[0] !== rows)
      refuse(`the ${what} split has ${rows} rows in column \`${first[0]}\` and ${t.dims[0]} in column \`${name}\``);
    if (sizeOf(t.dims) !== t.data.length)
      refuse(`column \`${name}\` of the ${what} split has ${t.data.length} elements for shape [${t.dims}]`);
    checkFinite(name, t, what);
  }
  if (rows === 0) refuse(`the ${what} split has no rows`);
  return { rows, columns: entries.map(([name, { dtype, dims }]) => ({ name, dtype, dims: dims.slice(1) })) };
}

/** How rows are cut into batches. */
export interface Batching {
  readonly rows: number;
  readonly batch: number;
  /** Rows of an epoch's last batch when it is not full, else 0. */
  readonly last_rows: number;
  /** Batches of an epoch. */
  readonly steps: number;
}

export function batchingOf(rows: number, wanted: number, dropLast: boolean): Batching {
  const batch = Math.min(wanted, rows);
  const last_rows = dropLast ? 0 : rows % batch;
  return { rows, batch, last_rows, steps: Math.floor(rows / batch) + (last_rows > 0 ? 1 : 0) };
}

/** Errors: L0951 with the row. */
function checkFinite(name: string, { dtype, dims, data }: Tensor, what: string): void {
  if (!isFloat(dtype)) return;
  const at = (data as Float32Array).findIndex((v) => !Number.isFinite(v));
  if (at < 0) return;
  const row = Math.floor(at / sizeOf(dims.slice(1))) + 1;
  fail("L0951", { reason: `row ${row} of column \`${name}\` of the ${what} split is ${data[at]}` });
}

/** What tells data from other data. */
export function digestOf(data: Data): string {
  const hash = createHash("sha256");
  if (isStream(data)) hash.update(JSON.stringify([data.digest ?? "", data.rows, data.batch, data.columns]));
  else
    for (const [name, { dtype, dims, data: values }] of Object.entries(data))
      hash.update(JSON.stringify([name, dtype, dims])).update(toBytes(values));
  return hash.digest("hex");
}

/** Rows for some steps: row i of step k is row `rows[k · batch + i]` of the columns. */
export interface Taken {
  readonly columns: Tensors;
  readonly rows: Int32Array;
}

/** Where the steps' rows come from. */
export interface Feed {
  /** The rows of `count` batches of `size` rows. */
  take(from: Position, count: number, size: number): Promise<Taken>;
}

/** Rows in memory, shuffled anew each epoch by the seed and the epoch alone. */
export function memoryFeed(columns: Tensors, batch: number, seed: number, shuffled: boolean): Feed {
  const order = new Int32Array(Object.values(columns)[0].dims[0]);
  let ordered = -1;
  return {
    async take({ epoch, batch: first }, count, size) {
      if (ordered !== epoch) {
        for (let i = 0; i < order.length; i++) order[i] = i;
        if (shuffled) shuffle(order, rng(seedOf(seed, `shuffle/${epoch}`)));
        ordered = epoch;
      }
      return { columns, rows: order.subarray(first * batch, first * batch + count * size) };
    },
  };
}

/** Rows to validate on, some at a time, in their order; `index` counts the calls from 0. */
export interface Rows {
  readonly rows: number;
  chunk(index: number, rows: number): Promise<Tensors>;
}

/** Columns in memory, chunk by chunk in their order. */
export function memoryRows(columns: Tensors): Rows {
  let from = 0;
  return {
    rows: Object.values(columns)[0].dims[0],
    async chunk(index, count) {
      if (index === 0) from = 0;
      from += count;
      return rowsOfColumns(columns, from - count, from);
    },
  };
}

/** Batches of a stream, put end to end. */
export function streamFeed(stream: Stream, what: string): Feed {
  const perEpoch = Math.ceil(stream.rows / stream.batch);
  let open: { iterator: AsyncIterator<Tensors>; next: number } | undefined;
  return {
    async take({ epoch, batch }, count, size) {
      const number = epoch * perEpoch + batch;
      if (open?.next !== number) {
        await open?.iterator.return?.();
        open = { iterator: stream.open({ epoch, batch })[Symbol.asyncIterator](), next: number };
      }
      const batches: Tensors[] = [];
      for (let i = 0; i < count; i++) {
        const { value, done } = await open.iterator.next();
        if (done) return fail("L0951", { reason: `the ${what} split ended after batch ${open.next} of its stream` });
        checkBatch(stream, value, size, `${what} split, batch ${open.next + 1}`);
        open.next += 1;
        batches.push(value);
      }
      return {
        columns: joined(stream.columns, batches, size),
        rows: Int32Array.from({ length: count * size }, (_, i) => i),
      };
    },
  };
}

function checkBatch({ columns }: Stream, batch: Tensors, size: number, where: string): void {
  for (const { name, dtype, dims } of columns) {
    const wanted = [size, ...dims];
    const found = Object.hasOwn(batch, name) ? batch[name] : undefined;
    if (found?.dtype !== dtype || found.dims.length !== wanted.length || found.dims.some((d, i) => d !== wanted[i]))
      fail("L0951", {
        reason: `column \`${name}\` of the ${where} is ${found ? `${found.dtype} [${found.dims}]` : "missing"}, not ${dtype} [${wanted}]`,
      });
    checkFinite(name, found, where);
  }
}

function joined(columns: readonly ColumnInfo[], batches: readonly Tensors[], size: number): Tensors {
  if (batches.length === 1) return batches[0];
  return Object.fromEntries(
    columns.map(({ name, dtype, dims }) => {
      const [first] = batches;
      const each = first[name].data.length;
      const data = new (first[name].data.constructor as Float32ArrayConstructor)(each * batches.length);
      batches.forEach((b, i) => {
        data.set(b[name].data as Float32Array, i * each);
      });
      return [name, { dtype, dims: [size * batches.length, ...dims], data }];
    }),
  );
}

/** Rows `from` to `to` of columns, not copied. */
export const rowsOfColumns = (columns: Tensors, from: number, to: number): Tensors =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { dtype, dims, data }]) => {
      const size = sizeOf(dims.slice(1));
      const cut = data.subarray(from * size, to * size) as Tensor["data"];
      return [name, { dtype, dims: [to - from, ...dims.slice(1)], data: cut }];
    }),
  );
