import { openFile } from "../../record/mcap/file.js";
import { scanRecording } from "../../record/reader.js";
import { collect } from "../collect.js";
import type { Episode, Range } from "../manifest.js";
import { npyArray } from "../npy.js";
import { openDataset } from "../open.js";
import type { CollectOptions } from "../options.js";
import { type Floats, rowsOf, wholeNumbers } from "../scratch.js";
import { openShards } from "../shards.js";
import { countRows } from "../split.js";
import type { ExportOptions, ExportSource, ExportTable } from "./format.js";
import { messageSource } from "./messages.js";

/** Where a row of a split stands in the dataset. */
function cut(ranges: readonly Range[], from: number, to: number): Range[] {
  const found: Range[] = [];
  let first = 0;
  for (const [a, b] of ranges) {
    const [start, end] = [Math.max(from, first), Math.min(to, first + b - a)];
    if (start < end) found.push([a + start - first, a + end - first]);
    first += b - a;
  }
  return found;
}

/** What is left of episodes in these ranges: each stretch is an episode of its own. */
function episodesIn(ranges: readonly Range[], episodes: readonly Episode[]): Episode[] {
  let first = 0;
  const found: Episode[] = [];
  for (const [from, to] of ranges) {
    for (const episode of episodes) {
      const [a, b] = [Math.max(from, episode.rows[0]), Math.min(to, episode.rows[1])];
      if (a < b) found.push({ ...episode, rows: [first + a - from, first + b - from] });
    }
    first += to - from;
  }
  return found;
}

/**
 * The rows of a dataset, of all splits (also those that no split has) or of one.
 *
 * @throws LimbeckError L0716 for no dataset, L0717 for a damaged one
 */
export async function datasetSource(dir: string, { split }: ExportOptions): Promise<ExportSource> {
  const { manifest } = await openDataset(dir);
  const files = openShards(dir);
  const ranges: readonly Range[] = split === undefined ? [[0, manifest.rows]] : manifest.splits[split];
  const byPort = new Map([...manifest.inputs, ...manifest.outputs].map((port) => [port.port, port]));
  const ports = (["input", "output"] as const).flatMap((role) =>
    manifest[`${role}s`].map(({ port, dtype, columns }) => ({ port, role, dtype, columns })),
  );
  const table: ExportTable = {
    rows: countRows(ranges),
    ports,
    episodes: episodesIn(ranges, manifest.episodes),
    ...(split === undefined ? { splits: manifest.splits } : {}),
    async read(name, from, to) {
      const { shards, dtype, columns } = byPort.get(name)!;
      const out = npyArray(dtype, (to - from) * columns.length) as Floats;
      await files.read({ files: shards, dtype, width: columns.length }, cut(ranges, from, to), out);
      return out;
    },
    async lineage(key, from, to) {
      const out = new BigInt64Array(to - from);
      await files.read({ files: [manifest.lineage[key]], dtype: "int64" }, cut(ranges, from, to), out);
      return out;
    },
  };
  return {
    tables: [table],
    recordings: manifest.recordings,
    incomplete: manifest.incomplete,
    manifest,
    close: () => files.close(),
  };
}

/**
 * Rows joined from recordings; or the messages of each port, where the first recording holds single messages
 * and no option says how to join them.
 *
 * @throws LimbeckError as `buildDataset`
 */
export async function recordingSource(
  recordings: readonly string[],
  out: string,
  options: ExportOptions,
  settings: Pick<CollectOptions, "dtype" | "nonFinite">,
): Promise<ExportSource> {
  const { inputs, outputs, join, anchor } = options;
  const joined = inputs ?? outputs ?? join ?? anchor;
  if (joined === undefined && (await holdsMessages(recordings[0]!, options)))
    return messageSource(recordings, out, options, settings.dtype ?? "float32");
  const collected = await collect({ ...options, ...settings, recordings }, out);
  const { ports, parts, lineage, episodes, incomplete } = collected;
  const role = (port: string) => (ports.inputs.includes(port) ? ("input" as const) : ("output" as const));
  const table: ExportTable = {
    rows: lineage.episode.length,
    ports: [...parts].map(([port, { columns, matrix }]) => ({
      port,
      role: role(port),
      dtype: matrix.dtype,
      columns,
    })),
    episodes,
    read: async (port, from, to) => rowsOf(parts.get(port)!.matrix, from, to),
    lineage: async (key, from, to) => wholeNumbers(lineage[key], from, to),
  };
  return {
    tables: [table],
    recordings: collected.recordings,
    incomplete: Object.fromEntries(incomplete),
    close: async () => collected.close(),
  };
}

async function holdsMessages(file: string, { open = openFile }: ExportOptions): Promise<boolean> {
  const source = await open(file);
  try {
    return (await scanRecording(source)).header?.mode !== "rows";
  } finally {
    await source.close();
  }
}
