/** Tables of text: `.csv`, `.tsv`, columns between blanks, and each gzipped; line by line. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { createGunzip } from "node:zlib";
import { type TableLine, tableParser } from "../../component/lib/source/text-table.js";
import { fail, LimbeckError } from "../../problem/problem.js";
import type { Batch, ForeignChannel, ForeignMessage, ForeignRecording, TableLayout } from "./foreign.js";
import { type ForeignType, objectOf } from "./type.js";

const BATCH = 512;
const GZIP = [0x1f, 0x8b];

/** A cell is text until somebody wants a number of it. */
const CELL: ForeignType = { kind: "unknown" };

/**
 * Opens a table: reads its header line, and no more.
 *
 * @throws LimbeckError L0001, L0740 for a file without a header, or with two columns of one name
 */
export async function openCsv(file: string, layout: TableLayout, gzipped: boolean): Promise<ForeignRecording> {
  const { size } = await stat(file);
  const refuse = (reason: string, help?: string): never => fail("L0740", { file, reason, help });
  const first = linesOf(file, layout, gzipped, () => {});
  const head = layout.columns === undefined ? (await first.next()).value : undefined;
  await first.return(undefined);
  const columns = layout.columns ?? head?.cells.map((name: string) => name.trim());
  if (columns === undefined) return refuse("it is empty: there is no header line");
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice !== undefined) refuse(`two columns are called \`${twice}\``);
  const channel: ForeignChannel = {
    topic: "",
    typeName: "",
    encoding: "csv",
    type: objectOf(columns.map((name) => [name, CELL])),
  };

  async function* read(wanted: ReadonlySet<ForeignChannel>): AsyncGenerator<Batch> {
    if (!wanted.has(channel)) return;
    let done = 0;
    const lines = linesOf(file, layout, gzipped, (bytes) => {
      done = bytes;
    });
    let batch: ForeignMessage[] = [];
    let skip = layout.columns === undefined;
    for await (const { cells, line } of lines) {
      if (skip) {
        skip = false;
        continue;
      }
      if (cells.length !== columns!.length)
        refuse(
          `line ${line} has ${cells.length} cells, and ${layout.columns === undefined ? "the header" : "`columns`"} ${columns!.length}`,
        );
      const value: { [column: string]: string | undefined } = Object.create(null);
      for (let i = 0; i < cells.length; i++) {
        const cell = cells[i]!.trim();
        value[columns![i]!] = cell === "" ? undefined : cell;
      }
      batch.push({ channel, at: `line ${line}`, value: () => value });
      if (batch.length === BATCH) {
        yield { messages: batch, done };
        batch = [];
      }
    }
    if (batch.length > 0) yield { messages: batch, done };
  }

  return {
    file,
    format: "csv",
    channels: [channel],
    timed: false,
    total: size,
    read,
    warnings: () => [],
    close: async () => {},
  };
}

/** Whether bytes are gzip's. */
export const isGzip = (head: Uint8Array): boolean => GZIP.every((byte, i) => head[i] === byte);

async function* linesOf(
  file: string,
  layout: TableLayout,
  gzipped: boolean,
  onBytes: (bytes: number) => void,
): AsyncGenerator<TableLine, undefined> {
  const { parser, lines } = tableParser(file, layout);
  const bytes = createReadStream(file);
  const unzip = gzipped ? createGunzip() : new PassThrough();
  const failed = (error: Error) => void parser.destroy(error);
  bytes.on("error", failed).pipe(unzip).on("error", failed).pipe(parser);
  try {
    for await (const line of lines()) {
      onBytes(bytes.bytesRead);
      yield line;
    }
    return undefined;
  } catch (error) {
    if (error instanceof LimbeckError) throw error;
    const { message, code } = error as Error & { code?: string };
    const reason = code?.startsWith("Z_") ? `it is no whole gzip file (${message})` : message;
    return fail("L0740", { file, reason }, {}, { cause: error });
  } finally {
    bytes.destroy();
    unzip.destroy();
    parser.destroy();
  }
}
