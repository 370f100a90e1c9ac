/**
 * Datasets and recordings → files of other tools.
 *
 *     1 source   a dataset's shards, or rows joined from recordings ─► tables, read piece by piece
 *     2 format   a table ─► files, beside the final name, in bounded memory
 *     3 rename   all of them get their names, or none
 */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { nearest } from "../../problem/nearest.js";
import { fail, LimbeckError, type Problem } from "../../problem/problem.js";
import { openFile } from "../../record/mcap/file.js";
import { MANIFEST_FILE } from "../manifest.js";
import { csv } from "./csv.js";
import { diskFiles, type ExportFiles } from "./files.js";
import type { ExportOptions, ExportSource, Format, Written } from "./format.js";
import { lerobot } from "./lerobot.js";
import { npz } from "./npz.js";
import { watchedOpen, watchedSource } from "./progress.js";
import { datasetSource, recordingSource } from "./source.js";

export interface ExportResult {
  readonly format: string;
  readonly out: string;
  readonly rows: number;
  readonly columns: number;
  readonly episodes: number;
  /** Of a log of single messages: how many of each port. */
  readonly messages?: { readonly [port: string]: number };
  /** Rows of recordings that were left out, by cause. */
  readonly incomplete: { readonly [cause: string]: number };
  readonly warnings: readonly Problem[];
}

/** Every format, by name. */
export const formats: readonly Format[] = [lerobot, csv, npz];

/**
 * Exports a dataset's folder, or recordings (a file, or several) as they are: rows as they were recorded, or joined by
 * the options of `buildDataset`. Single messages that no option joins become a table a port.
 *
 * What is there already is refused, and nothing is left under the final name unless it is whole.
 *
 * @throws LimbeckError L0780 existing output, L0781 what cannot be written, L0782 to L0785 what a format cannot hold,
 * L0786 an unknown format; as `openDataset` or `buildDataset` for what cannot be read
 * @example
 * const { rows } = await exportDataset("double", "csv", "double.csv");
 * rows // 100
 */
export async function exportDataset(
  from: string | readonly string[],
  format: string,
  out: string,
  options: ExportOptions = {},
): Promise<ExportResult> {
  const { files = diskFiles, signal } = options;
  const chosen = formats.find(({ name }) => name === format);
  if (chosen === undefined) {
    const known = formats.map(({ name }) => name);
    return fail("L0786", { format, known, nearest: nearest(format, known) });
  }
  if (await files.exists(out)) fail("L0780", { out });
  const { onProgress, open = openFile } = options;
  const source =
    onProgress === undefined
      ? await openSource(from, out, options, chosen)
      : watchedSource(
          await openSource(from, out, { ...options, open: watchedOpen(open, onProgress) }, chosen),
          out,
          onProgress,
        );
  try {
    const folder = await files.makeBeside(out).catch((error) => refuse(out, error));
    try {
      const written = await chosen.write(source, folder, files, out, options);
      signal?.throwIfAborted();
      await place(folder, out, written, files);
      return { ...resultOf(source), format, out, warnings: written.warnings ?? [] };
    } catch (error) {
      await files.remove(folder).catch(() => {});
      if (error instanceof LimbeckError || signal?.aborted) throw error;
      return refuse(out, error);
    }
  } finally {
    await source.close();
  }
}

async function openSource(
  from: string | readonly string[],
  out: string,
  options: ExportOptions,
  { dtype, nonFinite }: Format,
): Promise<ExportSource> {
  const [first, ...more] = typeof from === "string" ? [from] : from;
  if (first === undefined)
    return fail("L0723", { what: "`from`", found: "empty", expected: "a dataset or recordings" });
  const manifest = await access(join(first, MANIFEST_FILE)).then(
    () => true,
    () => false,
  );
  if (manifest && more.length === 0) return datasetSource(first, options);
  return recordingSource([first, ...more], out, options, {
    dtype: options.dtype ?? dtype,
    nonFinite: options.nonFinite ?? nonFinite,
  });
}

/** Gives everything its name. When that fails half way, what has its name already is removed. */
async function place(folder: string, out: string, { files: named }: Written, files: ExportFiles): Promise<void> {
  if (named === undefined) return files.rename(folder, out);
  const placed: string[] = [];
  try {
    for (const [file, path] of named) {
      if (await files.exists(path)) fail("L0780", { out: path });
      await files.rename(join(folder, file), path);
      placed.push(path);
    }
  } catch (error) {
    for (const path of placed) await files.remove(path);
    throw error;
  }
  await files.remove(folder);
}

function resultOf({ tables, incomplete }: ExportSource) {
  const sum = (of: (table: (typeof tables)[number]) => number) => tables.reduce((n, table) => n + of(table), 0);
  const messages = Object.fromEntries(tables.flatMap(({ of, rows }) => (of === undefined ? [] : [[of, rows]])));
  return {
    rows: sum(({ rows }) => rows),
    columns: sum(({ ports }) => ports.reduce((n, { columns }) => n + columns.length, 0)),
    // tables of ports have the same episodes, or some of them
    episodes: tables.reduce((most, { episodes }) => Math.max(most, episodes.length), 0),
    ...(Object.keys(messages).length === 0 ? {} : { messages }),
    incomplete,
  };
}

const refuse = (out: string, error: unknown): never =>
  fail("L0781", { out, reason: error instanceof Error ? error.message : String(error) }, {}, { cause: error });
