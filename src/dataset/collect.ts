/** Recordings → rows in memory: the columns of every port, and where each row came from. */
import { basename } from "node:path";
import type { Transforms } from "../message/transforms/transforms.js";
import type { MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { asOfRows } from "../record/asof.js";
import { openFile } from "../record/mcap/file.js";
import { type Scan, scanRecording } from "../record/reader.js";
import { type Gathered, gather, gathering } from "./gather.js";
import { recordedRows } from "./join.js";
import type { DatasetManifest } from "./manifest.js";
import type { CollectOptions } from "./options.js";
import { asOfRule, choosePorts, joinOf, type Ports, portSchema } from "./ports.js";
import { createScratch, nameless, type Scratch } from "./scratch.js";
import { readTables } from "./table.js";
import { resolveTransforms } from "./transforms.js";

export interface Collected extends Gathered {
  readonly ports: Ports;
  readonly join: DatasetManifest["join"];
  readonly recordings: DatasetManifest["recordings"];
  readonly incomplete: ReadonlyMap<string, number>;
  readonly transforms?: Transforms;
  /** Lets the columns go. */
  close(): void;
}

/** Columns of all ports of a dataset, on the disk while it is built. */
export const MAX_BYTES = 2 ** 40;
/** What pages of columns may take of memory. */
export const MEMORY_BYTES = 256 * 1024 * 1024;

/** Room for columns beside a file or folder that is to be made. @throws LimbeckError L0715 where the disk refuses */
export function scratchBeside(
  out: string,
  { memory_bytes = MEMORY_BYTES, maxBytes = MAX_BYTES }: Pick<CollectOptions, "memory_bytes" | "maxBytes">,
): Scratch {
  const refuse = (error: unknown): never =>
    fail("L0715", { dir: out, reason: (error as Error).message }, {}, { cause: error });
  const told = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      return refuse(error);
    }
  };
  return createScratch({
    memory_bytes,
    maxBytes,
    open: () => {
      const file = told(() => nameless(out));
      return {
        read: (into, at) => told(() => file.read(into, at)),
        write: (bytes, at) => told(() => file.write(bytes, at)),
        close: () => file.close(),
      };
    },
  });
}

/**
 * Reads, joins and gathers all recordings.
 *
 * @param out what is to be made: what does not fit into memory lies beside it
 * @throws LimbeckError as `buildDataset`.
 */
export async function collect(options: CollectOptions, out: string): Promise<Collected> {
  const { memory_bytes = MEMORY_BYTES } = options;
  // half for the columns that become the dataset, half for the recording that is read
  const half = { ...options, memory_bytes: memory_bytes / 2 };
  const scratch = scratchBeside(out, half);
  try {
    return await collectInto(scratch, half, out);
  } catch (error) {
    scratch.close();
    throw error;
  }
}

async function collectInto(scratch: Scratch, options: CollectOptions, out: string): Promise<Collected> {
  const { open = openFile, dtype = "float32", signal } = options;
  const recordings: DatasetManifest["recordings"] = [];
  const incomplete = new Map<string, number>();
  const schemas = new Map<string, MessageSchema>();
  const spoke = new Set<string>();
  let ports: Ports | undefined;
  let into: ReturnType<typeof gathering> | undefined;
  let header: Scan["header"];
  for (const [recording, file] of options.recordings.entries()) {
    signal?.throwIfAborted();
    const source = await open(file);
    const own = scratchBeside(out, options);
    try {
      const scan = await scanRecording(source);
      const twin = recordings.findIndex((other) => other.sha256 === scan.sha256);
      if (twin >= 0) fail("L0721", { file, other: options.recordings[twin]! });
      ports ??= choosePorts(options, scan);
      for (const { port, messages } of scan.channels) if (messages > 0) spoke.add(port);
      const all = [...ports.inputs, ...ports.outputs];
      for (const port of all) schemas.set(port, portSchema(port, scan, schemas.get(port), options.recordings[0]!));
      const typed = all.map((port) => ({ port, schema: schemas.get(port)! }));
      const tables = await readTables(source, typed, dtype, own);
      const transforms = resolveTransforms(options.transforms, ports);
      into ??= gathering({
        ports,
        schemas,
        dtype,
        scratch,
        incomplete,
        nonFinite: options.nonFinite ?? "refuse",
        transforms,
        signal,
      });
      const { anchor } = ports;
      const rules = all.map((port) => asOfRule(options, port));
      const rows = ports.by === "row" ? recordedRows(tables) : asOfRows(tables, anchor, rules);
      const before = into.rows;
      const continues = follows(header, scan.header);
      await gather(into, { recording, file, tables, scratch: own, anchor, rows, continues });
      header = scan.header;
      recordings.push(recordingEntry(scan, into.rows - before));
    } finally {
      own.close();
      await source.close();
    }
  }
  if (ports === undefined || into === undefined || into.rows === 0)
    return fail("L0713", {
      causes: [...incomplete].map(([cause, n]) => `${cause}: ${n}`).join(", "),
      silent: [...(ports?.inputs ?? []), ...(ports?.outputs ?? [])].filter((port) => !spoke.has(port)),
    });
  const gathered = await into.end();
  return { ...gathered, ports, join: joinOf(options, ports), recordings, incomplete, close: () => scratch.close() };
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
