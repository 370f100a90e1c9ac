/**
 * Recordings → dataset folder.
 *
 *     1 collect  recording ─► tables, one a port ─► join (by row, or as-of by stamp) ─► rows of finite numbers ─► columns
 *     2 split    by time or by episode, and a check that no two splits overlap
 *     3 write    columns as .npy, statistics of the training rows, dataset.json: beside, then renamed
 *
 * Columns are float32 unless float64 is asked for: students train in float32.
 */
import { join } from "node:path";
import { fail, LimbeckError } from "../problem/problem.js";
import { collect } from "./collect.js";
import { diskFolders } from "./folder.js";
import { type DatasetManifest, MANIFEST_FILE, withDigest } from "./manifest.js";
import type { BuildOptions } from "./options.js";
import { assertDisjoint, DEFAULT_SPLIT, splitRows } from "./split.js";
import { writeColumns } from "./write.js";

/**
 * Builds a dataset. The folder appears whole, or not at all.
 *
 * @throws LimbeckError L0710 to L0715 and L0719 to L0723 (see the catalogue); L0001 to L0003 and L0700 to L0707 for a
 * recording that cannot be read; L0307 for a port whose type has no columns; the signal's reason when it is aborted.
 * @example
 * const { rows, splits } = await buildDataset({ recordings: ["double.mcap"], out: "dataset" });
 * rows // 100
 * splits // { train: [[0, 68]], validation: [[68, 80]], test: [[80, 100]] }
 */
export async function buildDataset(options: BuildOptions): Promise<DatasetManifest> {
  const { out, files = diskFolders, split = DEFAULT_SPLIT, tolerance_ns, signal } = options;
  if (await files.exists(out)) fail("L0714", { dir: out });

  const collected = await collect(options);
  const { ports, lineage, episodes, recordings, incomplete } = collected;

  const splits = splitRows(split, episodes, lineage.tag_ns);
  assertDisjoint(
    splits,
    lineage,
    recordings.map((recording) => recording.sha256),
  );

  const folder = await files.makeBeside(out).catch((error) => refuse(out, error));
  try {
    const written = await writeColumns(folder, files, collected, splits, options);
    const anchor = [...ports.inputs, ...ports.outputs][ports.anchor]!;
    const tolerance = tolerance_ns === undefined ? {} : { tolerance_ns };
    const manifest = withDigest({
      limbeck_dataset: 1,
      rows: lineage.episode.length,
      join: ports.by === "row" ? { by: "row" } : { by: "stamp", anchor, ...tolerance },
      ...written,
      split,
      splits,
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
    return refuse(out, error);
  }
}

const refuse = (dir: string, error: unknown): never =>
  fail("L0715", { dir, reason: error instanceof Error ? error.message : String(error) }, {}, { cause: error });
