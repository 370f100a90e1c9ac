/** The files of a dataset: rows of shards, read by position, their digests checked before their rows are believed. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../problem/problem.js";
import { type DatasetManifest, LINEAGE, type Range, type ShardFile, SOURCE } from "./manifest.js";
import { BYTES, type NpyArray, type NpyDtype, npyArray, readNpyHeader } from "./npy.js";

/** When the SHA-256 of a file is compared with the manifest's: before its first row is read, or all as it is opened. */
export type Digests = "lazy" | "open";

/** The files that make up one matrix of [rows, width]; a column of width 1 has no second dimension. */
export interface Shards {
  readonly files: readonly ShardFile[];
  readonly dtype: NpyDtype;
  readonly width?: number;
}

export interface ShardFiles {
  /** Checks that a file has the length and the header that the manifest says. @throws LimbeckError L0717 */
  check(file: ShardFile, shards: Shards): Promise<void>;
  /** Compares a file with its digest, once. @throws LimbeckError L0717 */
  verify(file: ShardFile): Promise<void>;
  /** Rows of these ranges, one behind the other, into `out` from row `at` on. @throws LimbeckError L0717 */
  read(shards: Shards, ranges: readonly Range[], out: NpyArray, at?: number): Promise<void>;
  /** Closes what is open; files are opened again when they are read again. */
  close(): Promise<void>;
}

/** Files that are open at once. */
const MAX_OPEN = 64;
/** Rows between wanted ones are read along while they are no more than this share of what is read. */
const MAX_WASTE = 0.75;

interface OpenFile {
  readonly handle: FileHandle;
  readonly offset: number;
}

/** The files of a folder. */
export function openShards(dir: string): ShardFiles {
  const verified = new Map<string, Promise<void>>();
  const handles = new Map<string, { readonly opened: Promise<OpenFile>; users: number; broken: boolean }>();

  const use = async <T>(file: ShardFile, shards: Shards, work: (opened: OpenFile) => Promise<T>): Promise<T> => {
    let entry = handles.get(file.file);
    if (entry === undefined) {
      entry = { opened: openFile(join(dir, file.file), file, shards), users: 0, broken: false };
      handles.set(file.file, entry);
    } else {
      // the most recently used stand last
      handles.delete(file.file);
      handles.set(file.file, entry);
    }
    entry.users++;
    try {
      return await work(await entry.opened);
    } catch (error) {
      if (handles.get(file.file) === entry) handles.delete(file.file);
      entry.broken = true;
      throw error;
    } finally {
      entry.users--;
      // others may still be reading from it
      if (entry.broken && entry.users === 0)
        await entry.opened.then(
          ({ handle }) => handle.close(),
          () => {},
        );
      await evict();
    }
  };
  const evict = async (): Promise<void> => {
    for (const [name, { opened, users }] of handles) {
      if (handles.size <= MAX_OPEN) return;
      if (users > 0) continue;
      handles.delete(name);
      await (await opened).handle.close();
    }
  };

  const verify = (file: ShardFile): Promise<void> => {
    let done = verified.get(file.file);
    if (done === undefined) {
      done = checkDigest(join(dir, file.file), file.sha256);
      verified.set(file.file, done);
    }
    return done;
  };

  return {
    check: (file, shards) => use(file, shards, async () => {}),
    verify,
    async read(shards, ranges, out, at = 0) {
      const width = shards.width ?? 1;
      let row = at;
      let first = 0;
      let next = 0;
      for (const file of shards.files) {
        const end = first + file.rows;
        const wanted: Range[] = [];
        for (; next < ranges.length && ranges[next]![0] < end; next++) {
          const [from, to] = ranges[next]!;
          if (Math.max(from, first) < Math.min(to, end)) wanted.push([Math.max(from, first), Math.min(to, end)]);
          if (to > end) break;
        }
        if (wanted.length > 0) {
          await verify(file);
          for (const span of spansOf(wanted)) {
            const [from, to] = [span[0]![0], span.at(-1)![1]];
            const rows = span.reduce((n, [a, b]) => n + b - a, 0);
            const dense = rows === to - from;
            const into = dense
              ? out.subarray(row * width, (row + rows) * width)
              : npyArray(shards.dtype, (to - from) * width);
            await use(file, shards, (opened) =>
              readAt(opened, join(dir, file.file), shards, (from - first) * width, into),
            );
            let put = row;
            if (!dense)
              for (const [a, b] of span) {
                out.set(into.subarray((a - from) * width, (b - from) * width) as never, put * width);
                put += b - a;
              }
            row += rows;
          }
        }
        first = end;
      }
    },
    async close() {
      const open = [...handles.values()];
      handles.clear();
      await Promise.all(open.map(async ({ opened }) => (await opened).handle.close()));
    },
  };
}

/** Neighbouring ranges that are cheaper read at one stroke. */
function* spansOf(ranges: readonly Range[]): Generator<Range[]> {
  let span: Range[] = [];
  let rows = 0;
  for (const range of ranges) {
    const size = range[1] - range[0];
    if (span.length > 0 && (rows + size) / (range[1] - span[0]![0]) < 1 - MAX_WASTE) {
      yield span;
      span = [];
      rows = 0;
    }
    span.push(range);
    rows += size;
  }
  if (span.length > 0) yield span;
}

async function openFile(path: string, shard: ShardFile, { dtype, width }: Shards): Promise<OpenFile> {
  const handle = await open(path, "r").catch((error: Error) => fail("L0717", { file: path, reason: error.message }));
  try {
    const head = new Uint8Array(256);
    await handle.read(head, 0, head.length, 0);
    const header = readNpyHeader(head);
    const shape = width === undefined ? [shard.rows] : [shard.rows, width];
    if (header?.dtype !== dtype || header.shape.join() !== shape.join())
      return fail("L0717", { file: path, reason: `it is no ${dtype} array of [${shape.join(", ")}]` });
    const { size } = await handle.stat();
    if (size !== header.offset + shard.rows * (width ?? 1) * BYTES[dtype])
      return fail("L0717", { file: path, reason: "it has not the length that its header says" });
    return { handle, offset: header.offset };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Elements from `first` on until `into` is full. */
async function readAt({ handle, offset }: OpenFile, path: string, { dtype }: Shards, first: number, into: NpyArray) {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const from = offset + first * BYTES[dtype];
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) return fail("L0717", { file: path, reason: "it ends early" });
    at += bytesRead;
  }
}

async function checkDigest(path: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  const file = await open(path, "r").catch((error: Error) => fail("L0717", { file: path, reason: error.message }));
  for await (const bytes of file.createReadStream({ highWaterMark: 2 ** 18 })) hash.update(bytes as Buffer);
  if (hash.digest("hex") !== sha256) fail("L0717", { file: path, reason: "its bytes have changed" });
}

/** Every matrix of a dataset. */
export function matricesOf(manifest: DatasetManifest): Shards[] {
  const { inputs, outputs, lineage } = manifest;
  const own = Object.values(lineage.ports).flatMap((source) => SOURCE.flatMap((key) => source[key] ?? []));
  return [
    ...[...inputs, ...outputs].map(({ shards, dtype, columns }) => ({ files: shards, dtype, width: columns.length })),
    ...[...LINEAGE.map((key) => lineage[key]), ...own].map((file) => ({ files: [file], dtype: "int64" as const })),
  ];
}
