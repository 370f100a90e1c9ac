/** Columns in memory → the files of a dataset, in a folder that is not there yet under its name. */
import { join } from "node:path";
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
  sha256,
} from "./manifest.js";
import { bytesOf, npyHeader } from "./npy.js";
import type { BuildOptions } from "./options.js";
import type { Splits } from "./split.js";
import { columnStatistics } from "./statistics.js";
import type { Matrix } from "./table.js";

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
  const write = async (file: string, rows: number, bytes: readonly Uint8Array[]): Promise<ShardFile> => {
    signal?.throwIfAborted();
    await files.write(join(folder, file), bytes);
    return { file, rows, sha256: sha256(...bytes) };
  };
  const columnsOf = async (role: string, chosen: readonly string[]): Promise<PortColumns[]> => {
    const written: PortColumns[] = [];
    for (const port of chosen) {
      const { schema, matrix, columns } = parts.get(port)!;
      const shards: ShardFile[] = [];
      for (const { file, rows, bytes } of shardsOf(matrix, `${role}/${names.get(port)}`, shardBytes))
        shards.push(await write(file, rows, [npyHeader(dtype, [rows, matrix.width]), bytes]));
      const statistics = columnStatistics(matrix.data, matrix.width, splits.train);
      written.push({ port, type: schema, dtype, columns: [...columns], shards, statistics });
    }
    return written;
  };
  const inputs = await columnsOf("inputs", ports.inputs);
  const outputs = await columnsOf("outputs", ports.outputs);
  const origins = async <K extends string>(name: (key: K) => string, values: ReadonlyMap<K, readonly number[]>) => {
    const files: Partial<Record<K, ShardFile>> = {};
    for (const [key, column] of values) {
      const header = npyHeader("int64", [column.length]);
      files[key] = await write(`lineage/${name(key)}.npy`, column.length, [
        header,
        bytesOf(BigInt64Array.from(column, BigInt)),
      ]);
    }
    return files;
  };
  const rows = await origins(String, new Map(LINEAGE.map((key) => [key, lineage[key]])));
  const own: { [port: string]: Partial<Record<SourceKey, ShardFile>> } = {};
  for (const [port, source] of sources) {
    const differing = SOURCE.filter((key) => source[key].some((value, row) => value !== lineage[key][row]));
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
