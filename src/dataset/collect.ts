/** Recordings → rows in memory: the columns of every port, and where each row came from. */
import { basename } from "node:path";
import type { Transforms } from "../message/transforms/transforms.js";
import type { MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { count, joinAsOf } from "../record/asof.js";
import { openFile } from "../record/mcap/file.js";
import { type Scan, scanRecording } from "../record/reader.js";
import { type Gathered, gather, gathering } from "./gather.js";
import { joinRows } from "./join.js";
import type { DatasetManifest } from "./manifest.js";
import type { CollectOptions } from "./options.js";
import { asOfRule, choosePorts, joinOf, type Ports, portSchema } from "./ports.js";
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
  let header: Scan["header"];
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
      gather(into, { recording, file, tables, joined, continues: follows(header, scan.header) });
      header = scan.header;
      recordings.push(recordingEntry(scan, into.rows - before));
    } finally {
      await source.close();
    }
  }
  if (ports === undefined || into === undefined || into.rows === 0)
    return fail("L0713", { causes: [...incomplete].map(([cause, n]) => `${cause}: ${n}`).join(", ") });
  return { ...into.end(), ports, join: joinOf(options, ports), recordings, incomplete };
}

/** Whether a file is the next part of the same recording. */
function follows(before: Scan["header"], after: Scan["header"]): boolean {
  if (before === undefined || after?.part === undefined) return false;
  const same = (["name", "mode", "graph", "digest", "seed", "origin_ns"] as const).every((k) => before[k] === after[k]);
  return same && after.part === (before.part ?? 0) + 1;
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
