/** From a row back to what was recorded: the file, the episode, and of each port the message with its tag. */
import { fail } from "../problem/problem.js";
import {
  type DatasetManifest,
  LINEAGE,
  type ShardFile,
  SOURCE,
  type SourceKey,
  SPLITS,
  type Split,
} from "./manifest.js";
import type { ShardFiles } from "./shards.js";

/** A message in a recording. Times are ns from the recorded run's origin. */
export type MessageOrigin = { readonly [key in SourceKey]: number };

export interface RowLineage extends MessageOrigin {
  readonly row: number;
  /** Absent for a row that no split has. */
  readonly split?: Split;
  readonly recording: DatasetManifest["recordings"][number] & { readonly index: number };
  /** Its number in the recording, its rows in the dataset, and which of them this is. */
  readonly episode: { readonly number: number; readonly rows: readonly [number, number]; readonly row: number };
  readonly ports: readonly (MessageOrigin & { readonly port: string; readonly role: "input" | "output" })[];
}

/** @throws LimbeckError L0773 for no row, L0717 for a damaged file */
export async function lineageOf(
  dir: string,
  manifest: DatasetManifest,
  files: ShardFiles,
  row: number,
): Promise<RowLineage> {
  const { rows, lineage, splits, recordings, episodes } = manifest;
  if (!Number.isSafeInteger(row) || row < 0 || row >= rows) return fail("L0773", { dir, row, rows });
  const value = async (file: ShardFile): Promise<number> => {
    const out = new BigInt64Array(1);
    await files.read({ files: [file], dtype: "int64" }, [[row, row + 1]], out);
    return Number(out[0]);
  };
  const values = async <K extends string>(keys: readonly K[], of: (key: K) => number | Promise<number>) => {
    const found: Partial<Record<K, number>> = {};
    for (const key of keys) found[key] = await of(key);
    return found as Record<K, number>;
  };
  const { recording, episode, ...own } = await values(LINEAGE, (key) => value(lineage[key]));
  const split = SPLITS.find((name) => splits[name].some(([from, to]) => from <= row && row < to));
  const { episode: number, rows: range } = episodes[episode]!;
  const ports = [];
  for (const role of ["input", "output"] as const)
    for (const { port } of manifest[`${role}s`]) {
      const source = lineage.ports[port] ?? {};
      const origin = await values(SOURCE, (key) => (source[key] === undefined ? own[key] : value(source[key])));
      ports.push({ port, role, ...origin });
    }
  return {
    row,
    ...(split === undefined ? {} : { split }),
    recording: { index: recording, ...recordings[recording]! },
    episode: { number, rows: range, row: row - range[0] },
    ...own,
    ports,
  };
}
