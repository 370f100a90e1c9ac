/** A table in pieces of a bounded size, all of its columns side by side. */
import { LINEAGE, type LineageKey, type Range } from "../manifest.js";
import type { Floats } from "../scratch.js";
import type { ExportTable } from "./format.js";

/** Columns in memory at once; a row is never cut. */
export const BLOCK_BYTES = 2 ** 20;

export interface Block {
  readonly from: number;
  readonly to: number;
  /** Of each port of the table. */
  readonly data: readonly Floats[];
  readonly lineage: { readonly [key in LineageKey]: BigInt64Array };
}

/** Rows that are read at once. */
export const rowsOfBlock = ({ ports }: ExportTable): number => {
  const width = ports.reduce((sum, { columns }) => sum + columns.length, 0);
  return Math.max(1, Math.floor(BLOCK_BYTES / (8 * (width + LINEAGE.length))));
};

/** The rows `from` to `to` of a table (default: all), in pieces. */
export async function* blocksOf(
  table: ExportTable,
  signal?: AbortSignal,
  [first, last]: Range = [0, table.rows],
): AsyncGenerator<Block> {
  const step = rowsOfBlock(table);
  for (let from = first; from < last; from += step) {
    signal?.throwIfAborted();
    const to = Math.min(last, from + step);
    const data: Floats[] = [];
    for (const { port } of table.ports) data.push(await table.read(port, from, to));
    const lineage: Partial<Record<LineageKey, BigInt64Array>> = {};
    for (const key of LINEAGE) lineage[key] = await table.lineage(key, from, to);
    yield { from, to, data, lineage: lineage as Block["lineage"] };
  }
}
