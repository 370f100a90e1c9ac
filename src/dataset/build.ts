/**
 * Recordings → dataset folder.
 *
 *     1 collect  recording ─► tables, one a port ─► join (by row, or as-of by stamp) ─► finite rows ─► transforms ─► columns
 *     2 split    by time or by episode, without rows whose history is another split's; a check that no two overlap
 *     3 write    columns as .npy, statistics of the training rows, dataset.json: beside, then renamed
 *
 * All of it goes piece by piece: columns lie in pages, of which a bounded number is in memory (`scratch.ts`).
 * Columns are float32 unless float64 is asked for: students train in float32.
 */
import { join } from "node:path";
import { fail, LimbeckError } from "../problem/problem.js";
import { type Collected, collect } from "./collect.js";
import { diskFolders } from "./folder.js";
import { type DatasetManifest, MANIFEST_FILE, MAX_MANIFEST_BYTES, withDigest } from "./manifest.js";
import type { BuildOptions } from "./options.js";
import { assertDisjoint, DEFAULT_SPLIT, splitRows, withoutShared } from "./split.js";
import { writeColumns } from "./write.js";

/**
 * Builds a dataset. The folder appears whole, or not at all.
 *
 * @throws LimbeckError L0710 to L0715, L0719 to L0723, L0770 and L0772 (see the catalogue); L0001 to L0003 and L0700 to L0707 for a
 * recording that cannot be read; L0307 for a port whose type has no columns; the signal's reason when it is aborted.
 * @example
 * const { rows, splits } = await buildDataset({ recordings: ["double.mcap"], out: "dataset" });
 * rows // 100
 * splits // { train: [[0, 68]], validation: [[68, 80]], test: [[80, 100]] }
 */
export async function buildDataset(options: BuildOptions): Promise<DatasetManifest> {
  const { out, files = diskFolders } = options;
  if (await files.exists(out)) fail("L0714", { dir: out });

  const collected = await collect(options, out);
  try {
    return await buildFrom(collected, options);
  } finally {
    collected.close();
  }
}

async function buildFrom(collected: Collected, options: BuildOptions): Promise<DatasetManifest> {
  const { out, files = diskFolders, split = DEFAULT_SPLIT, signal } = options;
  const { lineage, episodes, recordings, incomplete, reaches, transforms } = collected;

  if (split.by === "row" && reaches.length > 0)
    fail("L0723", { what: "`split`", found: "by row", expected: "by time or by episode where transforms look back" });
  const { splits, left } = withoutShared(
    splitRows(
      split,
      episodes.map(({ rows }) => rows),
      lineage.tag_ns,
    ),
    reaches,
  );
  assertDisjoint(
    splits,
    lineage,
    recordings.map((recording) => recording.sha256),
  );

  const folder = await files.makeBeside(out).catch((error) => refuse(out, error));
  try {
    const written = await writeColumns(folder, files, collected, splits, options);
    const manifest = withDigest({
      limbeck_dataset: 1,
      rows: lineage.episode.length,
      join: collected.join,
      ...written,
      ...(transforms === undefined ? {} : { transforms }),
      split,
      splits,
      recordings,
      episodes: [...episodes],
      incomplete: { ...Object.fromEntries(incomplete), ...(left > 0 && { "history in another split": left }) },
    });
    const text = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`);
    if (text.length > MAX_MANIFEST_BYTES) fail("L0722", { limit: MAX_MANIFEST_BYTES });
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
