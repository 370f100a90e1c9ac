/** Columns → the files of a dataset, piece by piece, in a folder that is not there yet under its name. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Collected } from "./collect.js";
import type { FolderFiles } from "./folder.js";
import {
  type DatasetManifest,
  LINEAGE,
  type LineageKey,
  type PortColumns,
  type ShardFile,
  SOURCE,
  type SourceKey,
} from "./manifest.js";
import { BYTES, bytesOf, npyHeader } from "./npy.js";
import type { BuildOptions } from "./options.js";
import { type Column, type Matrix, wholeNumbers } from "./scratch.js";
import type { Splits } from "./split.js";
import { columnStatistics } from "./statistics.js";

/** A shard has at most this many bytes of data. */
export const SHARD_BYTES = 64 * 1024 * 1024;

/** Writes all columns and the lineage; gives what the manifest says of them. */
export async function writeColumns(
  folder: string,
  files: FolderFiles,
  { ports, parts, lineage, sources }: Collected,
  splits: Splits,
  options: BuildOptions,
): Promise<Pick<DatasetManifest, "inputs" | "outputs" | "lineage">> {
  const { dtype = "float32", shardBytes = SHARD_BYTES, signal } = options;
  const names = fileNames([...parts.keys()]);
  const write = async (file: string, rows: number, pieces: Iterable<Uint8Array>): Promise<ShardFile> => {
    signal?.throwIfAborted();
    const hash = createHash("sha256");
    const hashed = function* () {
      for (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
    };
    await files.write(join(folder, file), hashed());
    return { file, rows, sha256: hash.digest("hex") };
  };
  let turns = 0;
  const turn = async (): Promise<void> => {
    if (++turns % TURN_PIECES !== 0) return;
    await setImmediate();
    signal?.throwIfAborted();
  };
  const columnsOf = async (role: string, chosen: readonly string[]): Promise<PortColumns[]> => {
    const written: PortColumns[] = [];
    for (const port of chosen) {
      const { schema, matrix, columns } = parts.get(port)!;
      const shards: ShardFile[] = [];
      for (const { file, from, to } of shardsOf(matrix, `${role}/${names.get(port)}`, shardBytes))
        shards.push(await write(file, to - from, npyPieces(matrix, from, to)));
      const statistics = await columnStatistics(matrix, splits.train, turn);
      written.push({ port, type: schema, dtype, columns: [...columns], shards, statistics });
    }
    return written;
  };
  const inputs = await columnsOf("inputs", ports.inputs);
  const outputs = await columnsOf("outputs", ports.outputs);
  const origins = async <K extends string>(name: (key: K) => string, values: ReadonlyMap<K, Column>) => {
    const files: Partial<Record<K, ShardFile>> = {};
    for (const [key, column] of values)
      files[key] = await write(`lineage/${name(key)}.npy`, column.length, lineagePieces(column));
    return files;
  };
  const rows = await origins(String, new Map(LINEAGE.map((key) => [key, lineage[key]])));
  const own: { [port: string]: Partial<Record<SourceKey, ShardFile>> } = {};
  for (const [port, source] of sources) {
    const differing = SOURCE.filter((key) => !same(source[key], lineage[key]));
    if (differing.length === 0) continue;
    own[port] = await origins(
      (key) => `${names.get(port)}.${key}`,
      new Map(differing.map((key) => [key, source[key]])),
    );
  }
  return { inputs, outputs, lineage: { ...(rows as Record<LineageKey, ShardFile>), ports: own } };
}

/** A file name for each port: the port's own, where a file can have it. */
export function fileNames(ports: readonly string[]): ReadonlyMap<string, string> {
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

/** Pieces between two looks at the outside. */
const TURN_PIECES = 64;

function* shardsOf(matrix: Matrix, name: string, shardBytes: number) {
  const rowBytes = Math.max(1, matrix.width * BYTES[matrix.dtype]);
  const perShard = Math.max(1, Math.floor(shardBytes / rowBytes));
  const single = matrix.rows <= perShard;
  for (let from = 0, n = 0; from < matrix.rows; from += perShard, n++) {
    const file = single ? `${name}.npy` : `${name}-${String(n).padStart(5, "0")}.npy`;
    yield { file, from, to: Math.min(matrix.rows, from + perShard) };
  }
}

function* npyPieces(matrix: Matrix, from: number, to: number): Generator<Uint8Array> {
  yield npyHeader(matrix.dtype, [to - from, matrix.width]);
  for (const piece of matrix.pieces(from, to)) yield bytesOf(piece);
}

function* lineagePieces(column: Column): Generator<Uint8Array> {
  const { length } = column;
  yield npyHeader("int64", [length]);
  for (let from = 0; from < length; from += PIECE)
    yield bytesOf(wholeNumbers(column, from, Math.min(length, from + PIECE)));
}

/** Numbers that are written at a time. */
const PIECE = 4096;

function same(a: Column, b: Column): boolean {
  for (let i = 0; i < a.length; i++) if (a.at(i) !== b.at(i)) return false;
  return true;
}
