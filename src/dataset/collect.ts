/** Recordings → rows in memory: the columns of every port, and where each row came from. */
import { basename } from "node:path";
import { sameType } from "../message/same.js";
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import type { Role } from "../record/layout.js";
import { openFile } from "../record/mcap/file.js";
import { type Scan, type ScannedChannel, scanRecording } from "../record/reader.js";
import { count, type Joined, joinAsOf, joinRows } from "./join.js";
import { type DatasetManifest, LINEAGE, type LineageKey, type Range } from "./manifest.js";
import type { BuildOptions } from "./options.js";
import { addRow, type Budget, createMatrix, MAX_BYTES, type Matrix, readTables, type Table } from "./table.js";

export interface Collected {
  readonly ports: Ports;
  readonly parts: ReadonlyMap<string, PortPart>;
  readonly lineage: Lineage;
  /** Rows of each recording. */
  readonly episodes: readonly Range[];
  readonly recordings: DatasetManifest["recordings"];
  readonly incomplete: ReadonlyMap<string, number>;
}

/**
 * Reads, joins and gathers all recordings.
 *
 * @throws LimbeckError as `buildDataset`.
 */
export async function collect(options: BuildOptions): Promise<Collected> {
  const { open = openFile, dtype = "float32", tolerance_ns, signal } = options;
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
      const typed = [...ports.inputs, ...ports.outputs].map((port) => ({
        port,
        schema: portSchema(port, scan, parts.get(port)?.schema, options.recordings[0]!),
      }));
      const tables = await readTables(source, typed, dtype, budget);
      for (const [i, { port, schema }] of typed.entries()) {
        const { width, columns } = tables[i]!.flattening;
        if (!parts.has(port)) parts.set(port, { schema, matrix: createMatrix(dtype, width), columns });
      }
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
  if (ports === undefined || lineage.episode.length === 0)
    return fail("L0713", { causes: [...incomplete].map(([cause, n]) => `${cause}: ${n}`).join(", ") });
  return { ports, parts, lineage, episodes, recordings, incomplete };
}

export type Lineage = Record<LineageKey, number[]>;

/** What is built for one port. */
export interface PortPart {
  readonly schema: MessageSchema;
  readonly matrix: Matrix;
  readonly columns: Table["flattening"]["columns"];
}

export interface Ports {
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
