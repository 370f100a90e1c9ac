/** Datasets as commands and users build them: from recordings or folders of them, into a folder of a project. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { buildDataset as build } from "../dataset/build.js";
import type { DatasetManifest } from "../dataset/manifest.js";
import type { BuildOptions } from "../dataset/options.js";
import { recordingsIn } from "./record.js";
import { folders } from "./services.js";

export interface DatasetOptions extends Omit<BuildOptions, "out"> {
  /** Default: `NAME-0001` or the next under the home's datasets, by the name of the first recording. */
  readonly out?: string;
  readonly home: string;
}

/** @throws LimbeckError as `buildDataset` of `dataset/build.ts`; L0001, L0700 for a path that holds no recording */
export async function buildDataset({ home, ...options }: DatasetOptions): Promise<{
  readonly dir: string;
  readonly manifest: DatasetManifest;
}> {
  const recordings = options.recordings.flatMap(recordingsIn);
  const dir = options.out ?? nextFolder(folders(home).datasets, basename(recordings[0]!).replace(/(-\d+)?\.mcap$/, ""));
  return { dir, manifest: await build({ ...options, recordings, out: dir }) };
}

/** The first of `NAME-0001`, `NAME-0002`, … that is free. */
export function nextFolder(folder: string, name: string): string {
  for (let n = 1; ; n++) {
    const path = join(folder, `${name}-${String(n).padStart(4, "0")}`);
    if (!existsSync(path)) return path;
  }
}
