/** From columns of a text table to messages: names, types, and one pass over the file that stops at the first fault. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Json, Message, MessageSchema } from "../../../message/type.js";
import { nearest } from "../../../problem/nearest.js";
import { fail, LimbeckError, problem } from "../../../problem/problem.js";
import type { Files, Item } from "../../component.js";
import type { Items } from "../../source.js";
import { type TableLine, tableParser } from "./text-table.js";

/** A name for a number, names for a tensor, fields for an object. */
export type Columns = string | readonly string[] | { readonly [field: string]: Columns };

export interface TableOptions {
  readonly path: string;
  /** Without one every row is at 0. */
  readonly time?: string;
  readonly time_unit: string;
  /** What is 0, in the unit of the file; without it the first row. */
  readonly origin?: number;
  readonly ports: { readonly [port: string]: unknown };
  /** One character, or `whitespace`. */
  readonly delimiter?: string;
  /** The names of the columns of a file without a header line. */
  readonly columns?: readonly string[];
  /** What begins a remark, to the end of its line. */
  readonly comment?: string;
  readonly bad_rows: string;
  readonly order: string;
}

const NS_PER: { readonly [unit: string]: number } = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };
/** Rows that `order: sort` will hold in memory. */
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

interface Row {
  /** In the unit of the file. */
  readonly time: number;
  readonly text: string;
  readonly line: number;
  /** One a port. */
  readonly messages: readonly Message[];
}

/**
 * The table's rows as items, one per port, in order of time.
 *
 * @throws LimbeckError L0410 to L0413, each with file and line, while it is read
 */
export function readColumns(options: TableOptions, files: Files): Items {
  const file = files.shown(options.path);
  const bad = leftOut("bad_rows: skip");
  const late = leftOut("order: skip");
  const seen = { rows: 0 };
  const rows = rowsOf(options, files, file, bad, seen);
  return {
    [Symbol.asyncIterator]: () => items(options, file, options.order === "sort" ? sorted(rows, file) : rows, late),
    warnings: () =>
      [bad, late].flatMap(({ option, count, line, reason }) =>
        count === 0 ? [] : [problem("L0415", { file, count, rows: seen.rows, line, reason, option })],
      ),
  };
}

/** Counts the rows that an option leaves out, and keeps why the first was. */
const leftOut = (option: string) => ({ option, count: 0, line: 0, reason: "" });
type LeftOut = ReturnType<typeof leftOut>;

function leaveOut(counted: LeftOut, line: number, reason: string): void {
  if (counted.count++ > 0) return;
  counted.line = line;
  counted.reason = reason;
}

async function* items(
  options: TableOptions,
  file: string,
  rows: AsyncIterable<Row>,
  late: LeftOut,
): AsyncGenerator<Item> {
  const ports = Object.keys(options.ports);
  const scale = NS_PER[options.time_unit]!;
  let first: Row | undefined;
  let last: Row | undefined;
  for await (const row of rows) {
    if (last !== undefined && row.time < last.time) {
      if (options.order !== "skip") fail("L0412", { file, line: row.line, time: row.text, last: last.text });
      leaveOut(late, row.line, `${row.text} comes after ${last.text}`);
      continue;
    }
    first ??= row;
    last = row;
    const origin = options.time === undefined ? 0 : (options.origin ?? first.time);
    if (row.time < origin)
      fail("L0413", { file, line: row.line, reason: `the time ${row.text} is before \`origin: ${origin}\`` });
    const time_ns = Math.round((row.time - origin) * scale);
    for (let i = 0; i < ports.length; i++) yield { time_ns, port: ports[i]!, message: row.messages[i]! };
  }
}

async function* sorted(rows: AsyncIterable<Row>, file: string): AsyncGenerator<Row> {
  const all: Row[] = [];
  for await (const row of rows) {
    if (all.length >= MAX_ROWS_SORTED)
      fail("L0413", {
        file,
        reason: `more than ${MAX_ROWS_SORTED} rows cannot be sorted in memory; sort the file first`,
      });
    all.push(row);
  }
  yield* all.sort((a, b) => a.time - b.time);
}

/** The rows in the order of the file, checked and read; bad ones are refused or left out. */
async function* rowsOf(
  options: TableOptions,
  files: Files,
  file: string,
  bad: LeftOut,
  seen: { rows: number },
): AsyncGenerator<Row> {
  const lines = linesOf(options, files, file);
  const top = options.columns === undefined ? await lines.next() : undefined;
  if (top?.done) return fail("L0413", { file, reason: "the file is empty: no header line" });
  const header = options.columns ?? top!.value!.cells.map((name) => name.trim());
  const index = columnsOf(header, file, top?.value?.line ?? 1);
  const time = options.time === undefined ? undefined : index(options.time);
  const readers = Object.entries(options.ports).map(([port, columns]) =>
    reader(expandColumns(columns as Json, port), index),
  );
  const number = (cells: Cells, at: number, line: number): number => {
    const text = cells[at]!.trim();
    const value = text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : fail("L0411", { file, line, column: header[at]!, text });
  };
  let lastLine = top?.value?.line ?? 0;
  for await (const { cells, line } of lines) {
    seen.rows++;
    lastLine = line;
    let row: Row;
    try {
      if (cells.length !== header.length)
        fail("L0413", {
          file,
          line,
          reason: `the line has ${cells.length} cells, and ${options.columns === undefined ? "the header" : "`columns`"} ${header.length}`,
        });
      row = {
        time: time === undefined ? 0 : number(cells, time, line),
        text: time === undefined ? "0" : cells[time]!.trim(),
        line,
        messages: readers.map((read) => read(cells, line, number)),
      };
    } catch (error) {
      if (options.bad_rows !== "skip" || !(error instanceof LimbeckError)) throw error;
      leaveOut(bad, line, error.problems[0]!.message.replace(`${file}:${line}: `, ""));
      continue;
    }
    yield row;
  }
  if (seen.rows === 0)
    fail("L0413", {
      file,
      reason: options.columns === undefined ? "there is a header line and no row behind it" : "there is no row",
      line: lastLine + 1,
    });
}

/** Finds columns by name. @throws LimbeckError L0410, and L0413 when two have the name */
function columnsOf(header: readonly string[], file: string, line: number): (name: string) => number {
  const delimiter = header.length > 1 ? undefined : [";", "\t", ",", "|", " "].find((d) => header[0]!.includes(d));
  return (name) => {
    const at = header.indexOf(name);
    if (at < 0) fail("L0410", { file, line, columns: header, wanted: name, nearest: nearest(name, header), delimiter });
    if (header.includes(name, at + 1)) fail("L0413", { file, line, reason: `two columns are called \`${name}\`` });
    return at;
  };
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

async function* linesOf(options: TableOptions, files: Files, file: string): AsyncGenerator<TableLine> {
  const { parser, lines } = tableParser(options.path, options);
  const bytes = Readable.from(files.read(options.path));
  const gunzip = options.path.endsWith(".gz") ? createGunzip() : undefined;
  const failed = (error: unknown) => parser.destroy(error as Error);
  bytes.on("error", failed);
  if (gunzip) bytes.pipe(gunzip).on("error", failed).pipe(parser);
  else bytes.pipe(parser);
  try {
    yield* lines();
  } catch (error) {
    if (error instanceof LimbeckError) throw error;
    const { message, code, lines } = error as Error & { code?: string; lines?: number };
    const torn = code?.startsWith("Z_") ?? false;
    fail(
      "L0413",
      { file, reason: torn ? `not a whole gzip file (${message})` : message, line: lines },
      {},
      { cause: error },
    );
  } finally {
    bytes.destroy();
  }
}
