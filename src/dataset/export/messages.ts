/** Recordings of single messages as tables, one a port: every message once, in the order in which it was recorded. */
import { compileFlatten } from "../../message/flatten.js";
import type { MessageSchema } from "../../message/type.js";
import { openFile } from "../../record/mcap/file.js";
import { scanRecording } from "../../record/reader.js";
import { recordingEntry, scratchBeside } from "../collect.js";
import type { DatasetManifest, Episode, LineageKey } from "../manifest.js";
import { npyArray } from "../npy.js";
import { portSchema } from "../ports.js";
import { type Dtype, type Floats, rowsOf, type Scratch } from "../scratch.js";
import { readTables, type Table } from "../table.js";
import type { ExportOptions, ExportSource, ExportTable } from "./format.js";

/** The messages that one recording has of a port. */
interface Piece {
  readonly recording: number;
  /** Messages of the port in the recordings before. */
  readonly first: number;
  readonly table: Table;
}

/**
 * All ports of the recordings, or those that are chosen.
 *
 * @throws LimbeckError L0307 for a type without columns, L0711 for an unknown port, L0712, L0722; as `scanRecording`
 */
export async function messageSource(
  recordings: readonly string[],
  out: string,
  options: ExportOptions,
  dtype: Dtype,
): Promise<ExportSource> {
  const scratch = scratchBeside(out, options);
  try {
    return await messagesIn(recordings, options, dtype, scratch);
  } catch (error) {
    scratch.close();
    throw error;
  }
}

async function messagesIn(
  recordings: readonly string[],
  { open = openFile, ports: chosen, signal }: ExportOptions,
  dtype: Dtype,
  scratch: Scratch,
): Promise<ExportSource> {
  const schemas = new Map<string, MessageSchema>();
  const pieces = new Map<string, Piece[]>();
  const entries: DatasetManifest["recordings"] = [];
  for (const [recording, file] of recordings.entries()) {
    signal?.throwIfAborted();
    const source = await open(file);
    try {
      const scan = await scanRecording(source);
      for (const port of chosen ?? scan.channels.map((channel) => channel.port))
        schemas.set(port, portSchema(port, scan, schemas.get(port), recordings[0]!));
      const typed = [...schemas].map(([port, schema]) => ({ port, schema }));
      let rows = 0;
      for (const table of await readTables(source, typed, dtype, scratch)) {
        const before = pieces.get(table.port) ?? [];
        pieces.set(table.port, [...before, { recording, first: messagesOf(before), table }]);
        rows += table.stamp_ns.length;
      }
      entries.push(recordingEntry(scan, rows));
    } finally {
      await source.close();
    }
  }
  const tables = [...pieces].map(([port, of]) => portTable(port, schemas.get(port)!, of, dtype));
  return { tables, recordings: entries, incomplete: {}, close: async () => scratch.close() };
}

const messagesOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { table }) => sum + table.stamp_ns.length, 0);

function portTable(port: string, schema: MessageSchema, pieces: readonly Piece[], dtype: Dtype): ExportTable {
  const { columns } = compileFlatten(schema);
  const width = columns.length;
  const episodes = episodesOf(pieces);
  /** The parts of these rows, each with its place among them. */
  const parts = (from: number, to: number) =>
    pieces.flatMap(({ first, table, recording }) => {
      const [a, b] = [Math.max(from, first), Math.min(to, first + table.stamp_ns.length)];
      return a < b ? [{ table, recording, from: a - first, to: b - first, at: a - from, row: a }] : [];
    });
  return {
    of: port,
    rows: messagesOf(pieces),
    ports: [{ port, role: "stream", dtype, columns }],
    episodes,
    async read(_, from, to) {
      const out = npyArray(dtype, (to - from) * width) as Floats;
      for (const { table, from: a, to: b, at } of parts(from, to)) out.set(rowsOf(table.matrix, a, b), at * width);
      return out;
    },
    async lineage(key: LineageKey, from, to) {
      const out = new BigInt64Array(to - from);
      for (const { table, recording, from: a, to: b, at, row } of parts(from, to))
        for (let i = 0; i < b - a; i++)
          out[at + i] = BigInt(
            key === "recording" ? recording : key === "episode" ? episodeAt(episodes, row + i) : table[key].at(a + i),
          );
      return out;
    },
  };
}

function episodesOf(pieces: readonly Piece[]): Episode[] {
  const episodes: { recording: number; episode: number; rows: [number, number] }[] = [];
  for (const { recording, first, table } of pieces)
    for (let i = 0; i < table.episode.length; i++) {
      const episode = table.episode.at(i);
      const last = episodes.at(-1);
      if (last?.recording === recording && last.episode === episode) last.rows[1]++;
      else episodes.push({ recording, episode, rows: [first + i, first + i + 1] });
    }
  return episodes;
}

/** Index of the episode that a row is in. */
function episodeAt(episodes: readonly Episode[], row: number): number {
  let [low, high] = [0, episodes.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (episodes[middle]!.rows[1] <= row) low = middle + 1;
    else high = middle;
  }
  return low;
}
