/** Recordings → rows in memory: the columns of every port, and where each row came from. */
import { basename } from "node:path";
import { sameType } from "../message/same.js";
import type { Transforms } from "../message/transforms/transforms.js";
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import type { Role } from "../record/layout.js";
import { openFile } from "../record/mcap/file.js";
import { type Scan, type ScannedChannel, scanRecording } from "../record/reader.js";
import { type Gathered, gather, gathering } from "./gather.js";
import { type AsOf, count, DIRECTIONS, joinAsOf, joinRows } from "./join.js";
import type { DatasetManifest } from "./manifest.js";
import type { CollectOptions } from "./options.js";
import { type Budget, MAX_BYTES, readTables } from "./table.js";
import { resolveTransforms } from "./transforms.js";

export interface Collected extends Gathered {
  readonly ports: Ports;
  readonly join: DatasetManifest["join"];
  readonly recordings: DatasetManifest["recordings"];
  readonly incomplete: ReadonlyMap<string, number>;
  readonly transforms?: Transforms;
}

/**
 * Reads, joins and gathers all recordings.
 *
 * @throws LimbeckError as `buildDataset`.
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { open = openFile, dtype = "float32", signal } = options;
  const budget: Budget = { used: 0, limit: options.maxBytes ?? MAX_BYTES };
  const recordings: DatasetManifest["recordings"] = [];
  const incomplete = new Map<string, number>();
  const schemas = new Map<string, MessageSchema>();
  let ports: Ports | undefined;
  let into: ReturnType<typeof gathering> | undefined;
  for (const [recording, file] of options.recordings.entries()) {
    signal?.throwIfAborted();
    const source = await open(file);
    try {
      const scan = await scanRecording(source);
      const twin = recordings.findIndex((other) => other.sha256 === scan.sha256);
      if (twin >= 0) fail("L0721", { file, other: options.recordings[twin]! });
      ports ??= choosePorts(options, scan);
      const all = [...ports.inputs, ...ports.outputs];
      for (const port of all) schemas.set(port, portSchema(port, scan, schemas.get(port), options.recordings[0]!));
      const typed = all.map((port) => ({ port, schema: schemas.get(port)! }));
      const tables = await readTables(source, typed, dtype, budget);
      const transforms = resolveTransforms(options.transforms, ports);
      into ??= gathering({
        ports,
        schemas,
        dtype,
        budget,
        incomplete,
        nonFinite: options.nonFinite ?? "refuse",
        transforms,
      });
      const joined =
        ports.by === "row"
          ? joinRows(tables, ports.anchor)
          : joinAsOf(
              tables,
              ports.anchor,
              all.map((port) => asOfRule(options, port)),
            );
      for (const [cause, n] of joined.incomplete) count(incomplete, cause, n);
      const before = into.rows;
      gather(into, { recording, file, tables, joined });
      recordings.push(recordingEntry(scan, into.rows - before));
    } finally {
      await source.close();
    }
  }
  if (ports === undefined || into === undefined || into.rows === 0)
    return fail("L0713", { causes: [...incomplete].map(([cause, n]) => `${cause}: ${n}`).join(", ") });
  return { ...into.end(), ports, join: joinOf(options, ports), recordings, incomplete };
}

export interface Ports {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly by: "row" | "stamp";
  /** Index into inputs, then outputs. */
  readonly anchor: number;
}

function choosePorts(options: CollectOptions, scan: Scan): Ports {
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
  const by = options.join ?? (scan.header?.mode === "rows" ? "row" : "stamp");
  checkAsOf(options, by, all);
  return { inputs, outputs, by, anchor };
}

function checkAsOf({ direction, tolerance_ns, asof = {} }: CollectOptions, by: Ports["by"], all: readonly string[]) {
  const rules: [string, AsOf][] = [
    [
      "",
      { ...(direction === undefined ? {} : { direction }), ...(tolerance_ns === undefined ? {} : { tolerance_ns }) },
    ],
    ...Object.entries(asof),
  ];
  for (const [port, rule] of rules) {
    const of = port === "" ? "" : ` of ${port}`;
    if (port !== "" && !all.includes(port))
      fail("L0723", { what: "`asof`", found: port, expected: `of one of ${all.join(", ")}` });
    if (rule.direction !== undefined && !DIRECTIONS.includes(rule.direction))
      fail("L0723", { what: `\`direction\`${of}`, found: rule.direction, expected: `one of ${DIRECTIONS.join(", ")}` });
    if (rule.tolerance_ns !== undefined && !(rule.tolerance_ns >= 0))
      fail("L0723", { what: `\`tolerance_ns\`${of}`, found: String(rule.tolerance_ns), expected: "0 or more" });
    if (by === "row" && (Object.keys(rule).length > 0 || port !== ""))
      fail("L0723", { what: "`join`", found: "by row", expected: "by stamp for a direction or a tolerance" });
  }
}

const asOfRule = ({ direction = "backward", tolerance_ns, asof = {} }: CollectOptions, port: string): AsOf => ({
  direction,
  ...(tolerance_ns === undefined ? {} : { tolerance_ns }),
  ...asof[port],
});

function joinOf(options: CollectOptions, ports: Ports): DatasetManifest["join"] {
  if (ports.by === "row") return { by: "row" };
  const { direction = "backward", tolerance_ns, asof } = options;
  return {
    by: "stamp",
    anchor: [...ports.inputs, ...ports.outputs][ports.anchor]!,
    direction,
    ...(tolerance_ns === undefined ? {} : { tolerance_ns }),
    ...(asof === undefined ? {} : { asof }),
  };
}

/** The type of a port, the same as in the recordings before. */
export function portSchema(port: string, scan: Scan, before: MessageSchema | undefined, first: string): MessageSchema {
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

/** What a manifest says of a recording. */
export function recordingEntry(scan: Scan, rows: number): DatasetManifest["recordings"][number] {
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
