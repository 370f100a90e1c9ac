/**
 * Recordings → dataset folder.
 *
 *     recording ──► tables, one a port ──► join (by row, or as-of by stamp) ──► rows of finite numbers ──► columns
 *     columns ──► splits ──► statistics of the training rows ──► .npy files and dataset.json, beside ──► renamed
 *
 * Columns are float32 unless float64 is asked for: students train in float32.
 */
import { basename, join } from "node:path";
import { sameType } from "../message/same.js";
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail, LimbeckError } from "../problem/problem.js";
import type { Role } from "../record/layout.js";
import { type ByteSource, openFile } from "../record/mcap/file.js";
import { type Scan, type ScannedChannel, scanRecording } from "../record/reader.js";
import { diskFolders, type FolderFiles } from "./folder.js";
import { count, type Joined, joinAsOf, joinRows } from "./join.js";
import {
  type DatasetManifest,
  LINEAGE,
  type LineageKey,
  MANIFEST_FILE,
  type PortColumns,
  type Range,
  type ShardFile,
  sha256,
  withDigest,
} from "./manifest.js";
import { bytesOf, npyHeader } from "./npy.js";
import { assertDisjoint, DEFAULT_SPLIT, type SplitSpec, splitRows } from "./split.js";
import { columnStatistics } from "./statistics.js";
import {
  addRow,
  type Budget,
  createMatrix,
  type Dtype,
  MAX_BYTES,
  type Matrix,
  readTables,
  type Table,
} from "./table.js";

/** A shard has at most this many bytes of data. */
export const SHARD_BYTES = 64 * 1024 * 1024;

export interface BuildOptions {
  /** MCAP files; each is one episode. */
  readonly recordings: readonly string[];
  /** The folder to make. */
  readonly out: string;
  /** Ports, in column order; by default those that were recorded in the role. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** By default recorded rows are taken as they are, and messages are joined by stamp. */
  readonly join?: "row" | "stamp";
  /** By stamp: the port whose messages make the rows (default: the first output). */
  readonly anchor?: string;
  /** By stamp: how much older than the anchor's a message's stamp may be. */
  readonly tolerance_ns?: number;
  readonly split?: SplitSpec;
  /** A number that is not finite: an error (default), or its row is left out and counted. */
  readonly nonFinite?: "refuse" | "drop";
  readonly dtype?: Dtype;
  readonly shardBytes?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly files?: FolderFiles;
  readonly open?: (path: string) => Promise<ByteSource>;
}

/**
 * Builds a dataset. The folder appears whole, or not at all.
 *
 * @throws LimbeckError L0710 to L0715, L0719 to L0723 (see the catalogue); L0700 to L0707 for a recording that cannot be
 * read; L0307 for a port whose type has no columns; the signal's reason when it is aborted.
 * @example
 * await buildDataset({ recordings: ["reach.mcap"], out: ".limbeck/datasets/reach" });
 */
export async function buildDataset(options: BuildOptions): Promise<DatasetManifest> {
  const { out, files = diskFolders, open = openFile, dtype = "float32", signal } = options;
  if (await files.exists(out)) fail("L0714", { dir: out });
  const budget: Budget = { used: 0, limit: options.maxBytes ?? MAX_BYTES };

  const parts = new Map<string, PortPart>();
  const lineage = Object.fromEntries(LINEAGE.map((key) => [key, [] as number[]])) as Lineage;
  const recordings: DatasetManifest["recordings"] = [];
  const episodes: Range[] = [];
  const incomplete = new Map<string, number>();
  let ports: Ports | undefined;
  for (const [episode, file] of options.recordings.entries()) {
    signal?.throwIfAborted();
    const source = await open(file);
    try {
      const scan = await scanRecording(source);
      const twin = recordings.findIndex((other) => other.sha256 === scan.sha256);
      if (twin >= 0) fail("L0721", { file, other: options.recordings[twin]! });
      ports ??= choosePorts(options, scan);
      const first = options.recordings[0]!;
      const schemas = [...ports.inputs, ...ports.outputs].map((port) => ({
        port,
        schema: portSchema(port, scan, parts.get(port)?.schema, first),
      }));
      const tables = await readTables(source, schemas, dtype, budget);
      for (const [i, { port, schema }] of schemas.entries()) {
        const matrix = createMatrix(dtype, tables[i]!.matrix.width);
        if (!parts.has(port)) parts.set(port, { schema, matrix, columns: tables[i]!.flattening.columns });
      }
      const { tolerance_ns } = options;
      const joined = ports.by === "row" ? joinRows(tables, ports.anchor) : joinAsOf(tables, ports.anchor, tolerance_ns);
      for (const [cause, n] of joined.incomplete) count(incomplete, cause, n);
      const from = lineage.episode.length;
      gather(tables, joined, { parts, lineage, episode, file, incomplete, budget, drop: options.nonFinite === "drop" });
      episodes.push([from, lineage.episode.length]);
      recordings.push(recordingEntry(scan, lineage.episode.length - from));
    } finally {
      await source.close();
    }
  }

  const rows = lineage.episode.length;
  if (ports === undefined || rows === 0)
    fail("L0713", { causes: [...incomplete].map(([cause, n]) => `${cause}: ${n}`).join(", ") });
  const split = options.split ?? DEFAULT_SPLIT;
  const splits = splitRows(split, episodes, lineage.tag_ns);
  assertDisjoint(
    splits,
    lineage,
    recordings.map((recording) => recording.sha256),
  );

  const folder = await attempt(out, () => files.makeBeside(out));
  try {
    const write = async (file: string, parts: readonly Uint8Array[], rows: number): Promise<ShardFile> => {
      signal?.throwIfAborted();
      await files.write(join(folder, file), parts);
      return { file, rows, sha256: sha256(...parts) };
    };
    const names = fileNames([...parts.keys()]);
    const columns = async (port: string, role: "inputs" | "outputs"): Promise<PortColumns> => {
      const { schema, matrix, columns } = parts.get(port)!;
      const shards: ShardFile[] = [];
      for (const shard of shardsOf(matrix, `${role}/${names.get(port)}`, options.shardBytes ?? SHARD_BYTES))
        shards.push(await write(shard.file, [npyHeader(dtype, [shard.rows, matrix.width]), shard.bytes], shard.rows));
      const statistics = columnStatistics(matrix.data, matrix.width, splits.train);
      return { port, type: schema, dtype, columns: [...columns], shards, statistics };
    };
    const inputs: PortColumns[] = [];
    for (const port of ports.inputs) inputs.push(await columns(port, "inputs"));
    const outputs: PortColumns[] = [];
    for (const port of ports.outputs) outputs.push(await columns(port, "outputs"));
    const origins: Partial<Record<LineageKey, ShardFile>> = {};
    for (const key of LINEAGE) {
      const values = BigInt64Array.from(lineage[key], BigInt);
      origins[key] = await write(`lineage/${key}.npy`, [npyHeader("int64", [rows]), bytesOf(values)], rows);
    }
    const anchor = [...ports.inputs, ...ports.outputs][ports.anchor]!;
    const tolerance = options.tolerance_ns === undefined ? {} : { tolerance_ns: options.tolerance_ns };
    const manifest = withDigest({
      limbeck_dataset: 1,
      rows,
      join: ports.by === "row" ? { by: "row" } : { by: "stamp", anchor, ...tolerance },
      inputs,
      outputs,
      lineage: origins as DatasetManifest["lineage"],
      split,
      splits: {
        train: splits.train.map(([a, b]) => [a, b]),
        validation: splits.validation.map(([a, b]) => [a, b]),
        test: splits.test.map(([a, b]) => [a, b]),
      },
      recordings,
      incomplete: Object.fromEntries(incomplete),
    });
    const text = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await files.write(join(folder, MANIFEST_FILE), [text]);
    signal?.throwIfAborted();
    await files.rename(folder, out);
    return manifest;
  } catch (error) {
    await files.remove(folder).catch(() => {});
    if (error instanceof LimbeckError || signal?.aborted) throw error;
    return fail("L0715", { dir: out, reason: reasonOf(error) }, {}, { cause: error });
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function attempt<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return fail("L0715", { dir, reason: reasonOf(error) }, {}, { cause: error });
  }
}

type Lineage = Record<LineageKey, number[]>;

/** What is built for one port. */
interface PortPart {
  readonly schema: MessageSchema;
  readonly matrix: Matrix;
  readonly columns: Table["flattening"]["columns"];
}

interface Ports {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly by: "row" | "stamp";
  /** Index into inputs, then outputs. */
  readonly anchor: number;
}

function choosePorts(options: BuildOptions, scan: Scan): Ports {
  const inRole = (role: Role) =>
    scan.channels.filter((channel) => channel.role === role).map((channel) => channel.port);
  const inputs = options.inputs ?? inRole("input");
  const outputs = options.outputs ?? inRole("output");
  const all = [...inputs, ...outputs];
  for (const [what, ports] of [
    ["inputs", inputs],
    ["outputs", outputs],
  ] as const) {
    if (ports.length === 0) fail("L0723", { what: `\`${what}\``, found: "empty", expected: "at least one port" });
  }
  if (new Set(all).size < all.length)
    fail("L0723", { what: "`inputs` and `outputs`", found: all.join(", "), expected: "different ports" });
  const anchor = options.anchor === undefined ? inputs.length : all.indexOf(options.anchor);
  if (anchor < 0) fail("L0723", { what: "`anchor`", found: options.anchor!, expected: `one of ${all.join(", ")}` });
  return { inputs, outputs, by: options.join ?? (scan.header?.mode === "rows" ? "row" : "stamp"), anchor };
}

function portSchema(port: string, scan: Scan, before: MessageSchema | undefined, first: string): MessageSchema {
  const channel: ScannedChannel | undefined = scan.channels.find((c) => c.port === port);
  const { file } = scan;
  if (channel === undefined)
    return fail("L0711", {
      file,
      port,
      nearest: nearest(
        port,
        scan.channels.map((c) => c.port),
      ),
    });
  if (channel.schema === undefined) return fail("L0704", { file, port });
  const difference = before && sameType(before, channel.schema);
  if (difference !== undefined)
    fail("L0712", { port, file, other: first, reason: `${difference.path}: ${difference.reason}` });
  return channel.schema;
}

interface Gathering {
  readonly parts: ReadonlyMap<string, PortPart>;
  readonly lineage: Lineage;
  readonly episode: number;
  readonly file: string;
  readonly incomplete: Map<string, number>;
  readonly budget: Budget;
  readonly drop: boolean;
}

/** Copies the joined rows into the dataset's columns. */
function gather(tables: readonly Table[], joined: Joined, into: Gathering): void {
  const anchor = tables[joined.anchor]!;
  for (let row = 0; row < joined.rows; row++) {
    const at = joined.picks[joined.anchor]![row]!;
    const bad = tables.findIndex((table, i) => nonFiniteColumn(table, joined.picks[i]![row]!) >= 0);
    if (bad >= 0) {
      const table = tables[bad]!;
      if (!into.drop) refuseColumn(table, joined.picks[bad]![row]!, into.file);
      count(into.incomplete, `${table.port} not finite`);
      continue;
    }
    for (const [i, { port, matrix }] of tables.entries()) {
      const target = into.parts.get(port)!.matrix;
      const from = joined.picks[i]![row]! * matrix.width;
      const to = addRow(target, into.budget);
      for (let c = 0; c < matrix.width; c++) target.data[to + c] = matrix.data[from + c]!;
    }
    into.lineage.episode.push(into.episode);
    into.lineage.sequence.push(anchor.sequence[at]!);
    into.lineage.tag_ns.push(anchor.tag_ns[at]!);
    into.lineage.microstep.push(anchor.microstep[at]!);
    into.lineage.stamp_ns.push(anchor.stamp_ns[at]!);
  }
}

function nonFiniteColumn({ matrix }: Table, row: number): number {
  const { data, width } = matrix;
  for (let c = 0; c < width; c++) if (!Number.isFinite(data[row * width + c]!)) return c;
  return -1;
}

function refuseColumn(table: Table, row: number, recording: string): never {
  const c = nonFiniteColumn(table, row);
  const column = table.flattening.columns[c]!.name;
  const value = table.matrix.data[row * table.matrix.width + c]!;
  fail("L0710", { recording, port: table.port, column, tag_ns: table.tag_ns[row]!, value });
}

function recordingEntry(scan: Scan, rows: number): DatasetManifest["recordings"][number] {
  const { graph, digest, seed } = scan.header ?? {};
  return {
    file: basename(scan.file),
    sha256: scan.sha256,
    rows,
    whole: scan.whole,
    ...(graph === undefined ? {} : { graph }),
    ...(digest === undefined ? {} : { digest }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** A file name for each port: the port's own, where a file can have it. */
function fileNames(ports: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    ports.map((port) => {
      let name = port.replace(/[^A-Za-z0-9._-]/g, "_").replace(/^\./, "_");
      while (taken.has(name.toLowerCase())) name += "_";
      taken.add(name.toLowerCase());
      return [port, name];
    }),
  );
}

function* shardsOf(matrix: Matrix, name: string, shardBytes: number) {
  const rowBytes = Math.max(1, matrix.width * matrix.data.BYTES_PER_ELEMENT);
  const perShard = Math.max(1, Math.floor(shardBytes / rowBytes));
  const single = matrix.rows <= perShard;
  for (let from = 0, n = 0; from < matrix.rows; from += perShard, n++) {
    const rows = Math.min(perShard, matrix.rows - from);
    const file = single ? `${name}.npy` : `${name}-${String(n).padStart(5, "0")}.npy`;
    yield { file, rows, bytes: bytesOf(matrix.data.subarray(from * matrix.width, (from + rows) * matrix.width)) };
  }
}
