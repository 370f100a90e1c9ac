/** From columns of a text table to messages: names, types, and one pass over the file that stops at the first fault. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { type Info, parse } from "csv-parse";
import type { Json, Message, MessageSchema } from "../../../message/type.js";
import { nearest } from "../../../problem/nearest.js";
import { fail, LimbeckError } from "../../../problem/problem.js";
import type { Files, Item } from "../../component.js";

/** A name for a number, names for a tensor, fields for an object. */
export type Columns = string | readonly string[] | { readonly [field: string]: Columns };

export interface TableOptions {
  readonly path: string;
  readonly time: string;
  readonly time_unit: string;
  readonly ports: { readonly [port: string]: unknown };
  readonly delimiter?: string;
  readonly bad_rows: string;
  readonly order: string;
}

const NS_PER: { readonly [unit: string]: number } = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };
/** A line longer than this is not a table. */
const MAX_LINE_BYTES = 1 << 20;
/** Rows that `order: sort` and `bad_rows: skip` will look at in one file. */
const MAX_ROWS_SORTED = 5_000_000;

/** Writes out `q1..q7`. @throws LimbeckError L0414 */
export function expandColumns(columns: Json, port: string): Columns {
  if (typeof columns === "string") {
    const range = /^(.*?)(\d+)\.\.\1(\d+)$/.exec(columns);
    if (!range) return columns;
    const [from, to] = [Number(range[2]), Number(range[3])];
    if (to < from || to - from > 4096)
      fail("L0414", {
        reason: `\`${columns}\` of port \`${port}\` counts backwards or too far`,
        help: "Write `q1..q7`.",
      });
    return Array.from({ length: to - from + 1 }, (_, i) => `${range[1]}${from + i}`);
  }
  if (Array.isArray(columns) && columns.every((c) => typeof c === "string")) return columns as string[];
  if (columns !== null && typeof columns === "object" && !Array.isArray(columns))
    return Object.fromEntries(Object.entries(columns).map(([field, c]) => [field, expandColumns(c as Json, port)]));
  return fail("L0414", {
    reason: `port \`${port}\` needs column names`,
    help: "Write a column's name, a list of names, `q1..q7`, or an object of these.",
  });
}

/** The message type that these columns make. */
export function portType(columns: Columns): MessageSchema {
  if (typeof columns === "string") return { type: "number" };
  if (Array.isArray(columns)) return { tensor: [columns.length], dtype: "float64" };
  const fields = Object.entries(columns as { [field: string]: Columns });
  return {
    type: "object",
    properties: Object.fromEntries(fields.map(([field, c]) => [field, portType(c)])),
    required: fields.map(([field]) => field).sort(),
    additionalProperties: false,
  };
}

type Cells = readonly string[];

/**
 * The table's rows as items, one per port, in order of time.
 *
 * @throws LimbeckError L0410 to L0413, each with file and line
 */
export async function* readColumns(options: TableOptions, files: Files): AsyncIterable<Item> {
  const file = files.shown(options.path);
  const rows = tableRows(options, files, file);
  const first = await rows.next();
  if (first.done) return fail("L0413", { file, reason: "the file is empty: no header line" });
  const header = first.value.cells.map((name) => name.trim());
  const index = (name: string) => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    return fail("L0410", { file, line: 1, columns: header, wanted: name, nearest: nearest(name, header) });
  };
  const time = index(options.time);
  const ports = Object.entries(options.ports).map(([port, c]) => ({
    port,
    read: reader(expandColumns(c as Json, port), index),
  }));
  const scale = NS_PER[options.time_unit]!;
  const number = (cells: Cells, at: number, line: number): number => {
    const text = (cells[at] ?? "").trim();
    const value = text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : fail("L0411", { file, line, column: header[at]!, text });
  };

  let origin: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let lastText = "";
  const items = function* (cells: Cells, line: number): Iterable<Item> {
    let messages: Message[];
    let at: number;
    try {
      at = number(cells, time, line);
      messages = ports.map((p) => p.read(cells, line, number));
    } catch (error) {
      if (options.bad_rows === "skip" && error instanceof LimbeckError) return;
      throw error;
    }
    if (at < last) {
      if (options.order === "skip") return;
      fail("L0412", { file, line, time: cells[time]!, last: lastText });
    }
    last = at;
    lastText = cells[time]!;
    origin ??= at;
    const time_ns = Math.round((at - origin) * scale);
    for (let i = 0; i < ports.length; i++) yield { time_ns, port: ports[i]!.port, message: messages[i]! };
  };

  let count = 0;
  if (options.order === "sort") {
    const all: { cells: Cells; line: number }[] = [];
    for await (const row of rows) {
      if (all.length >= MAX_ROWS_SORTED)
        fail("L0413", {
          file,
          reason: `more than ${MAX_ROWS_SORTED} rows cannot be sorted in memory; sort the file first`,
        });
      all.push(row);
    }
    const key = (cells: Cells) => Number(cells[time]);
    all.sort((a, b) => key(a.cells) - key(b.cells));
    for (const row of all) {
      count++;
      yield* items(row.cells, row.line);
    }
  } else
    for await (const row of rows) {
      count++;
      yield* items(row.cells, row.line);
    }
  if (count === 0) fail("L0413", { file, reason: "there is a header line and no row behind it", line: 2 });
}

type ReadNumber = (cells: Cells, at: number, line: number) => number;

function reader(
  columns: Columns,
  index: (name: string) => number,
): (cells: Cells, line: number, number: ReadNumber) => Message {
  if (typeof columns === "string") {
    const at = index(columns);
    return (cells, line, number) => number(cells, at, line);
  }
  if (Array.isArray(columns)) {
    const at = Int32Array.from(columns, index);
    return (cells, line, number) => Float64Array.from(at, (i) => number(cells, i, line));
  }
  const fields = Object.entries(columns as { [field: string]: Columns }).map(
    ([field, c]) => [field, reader(c, index)] as const,
  );
  return (cells, line, number) => Object.fromEntries(fields.map(([f, read]) => [f, read(cells, line, number)]));
}

async function* tableRows(
  options: TableOptions,
  files: Files,
  file: string,
): AsyncGenerator<{ cells: Cells; line: number }> {
  const delimiter = options.delimiter ?? (/\.tsv(\.gz)?$/.test(options.path) ? "\t" : ",");
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relax_column_count: false,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
  });
  const bytes = Readable.from(files.read(options.path));
  const gunzip = options.path.endsWith(".gz") ? createGunzip() : undefined;
  const failed = (error: unknown) => parser.destroy(error as Error);
  bytes.on("error", failed);
  if (gunzip) bytes.pipe(gunzip).on("error", failed).pipe(parser);
  else bytes.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Cells; info: Info }>)
      yield { cells: record, line: info.lines };
  } catch (error) {
    if (error instanceof LimbeckError) throw error;
    const { message, code } = error as Error & { code?: string };
    const reason = code?.startsWith("Z_") ? `not a whole gzip file (${message})` : message;
    fail("L0413", { file, reason }, {}, { cause: error });
  } finally {
    bytes.destroy();
  }
}
