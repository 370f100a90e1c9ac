/** Aligned tables of names and numbers: one format a column, a row of units, the best of each column marked. */
import { plain, type Style } from "./style.js";

export interface Column {
  readonly title: string;
  readonly unit?: string;
  /** Which of the column's numbers is best. */
  readonly best?: "lowest" | "highest";
  /** In place of as many as the smallest number needs. */
  readonly decimals?: number;
}

/** `undefined` prints as a dash: there is no such value. */
export type Cell = string | number | { readonly mean: number; readonly sd: number } | undefined;

export interface Row {
  readonly cells: readonly Cell[];
  /** Whether the row takes part in "best" (default true): a reference to compare with does not. */
  readonly contends?: boolean;
}

const MAX_DECIMALS = 4;
const SIGNIFICANT = 3;

/** The number that a cell is compared by. */
const value = (cell: Cell): number | undefined =>
  typeof cell === "number" ? cell : typeof cell === "object" ? cell.mean : undefined;

/** One number format for a whole column: as many decimals as its smallest number needs for three digits. */
function columnFormat(numbers: readonly number[], fixed: number | undefined): (x: number) => string {
  const sizes = numbers.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  const smallest = Math.min(...sizes);
  const largest = Math.max(...sizes);
  if (fixed === undefined && largest < 1e7 && numbers.every(Number.isInteger)) return String;
  if (largest >= 1e7 || largest < 1e-3)
    return (x) => (Number.isFinite(x) ? x.toExponential(SIGNIFICANT - 1) : String(x));
  const wanted = SIGNIFICANT - 1 - Math.floor(Math.log10(smallest));
  const decimals = fixed ?? Math.min(MAX_DECIMALS, Math.max(0, wanted));
  const least = 0.5 * 10 ** -decimals;
  return (x) => {
    if (!Number.isFinite(x)) return String(x);
    // a small number is not nothing
    return x !== 0 && Math.abs(x) < least ? x.toExponential(1) : x.toFixed(decimals);
  };
}

/** Index of the best row in a column, or -1 when fewer than two contend or all are equal. */
function bestRow(column: Column, index: number, rows: readonly Row[]): number {
  if (column.best === undefined) return -1;
  const sign = column.best === "lowest" ? 1 : -1;
  const contenders = rows
    .map((row, i) => ({ i, score: (row.contends === false ? undefined : value(row.cells[index])) ?? Number.NaN }))
    .filter(({ score }) => Number.isFinite(score));
  const best = contenders.reduce(
    (a, b) => (sign * b.score < sign * a.score ? b : a),
    contenders[0] ?? { i: -1, score: 0 },
  );
  return contenders.some(({ score }) => score !== best.score) ? best.i : -1;
}

/**
 * Renders a table as lines of text, ending with a newline.
 *
 * Text is left-aligned, numbers are right-aligned with their decimal points in one place; a `*` marks the best
 * number of a column that says which is best.
 *
 * @example
 * const rows = [{ cells: ["mlp", 0.031] }, { cells: ["ridge", 1.2] }];
 * table([{ title: "student" }, { title: "nMSE", best: "lowest" }], rows)
 * // student    nMSE
 * // mlp      0.0310 *
 * // ridge    1.2000
 */
export function table(columns: readonly Column[], rows: readonly Row[], style: Style = plain): string {
  const laid = columns.map((column, c) => {
    const cells = rows.map((row) => row.cells[c]);
    const numeric = cells.some((cell) => value(cell) !== undefined);
    const format = columnFormat(
      cells.map(value).filter((x) => x !== undefined),
      column.decimals,
    );
    const spreads = cells.map((cell) => (typeof cell === "object" ? format(cell.sd) : ""));
    const spreadWidth = Math.max(...spreads.map((s) => s.length));
    const best = bestRow(column, c, rows);
    const texts = cells.map((cell, r) => {
      const number = value(cell);
      const text = number === undefined ? (typeof cell === "string" ? cell : "–") : format(number);
      const spread =
        spreadWidth === 0
          ? ""
          : spreads[r] === ""
            ? " ".repeat(spreadWidth + 3)
            : ` ± ${spreads[r]!.padStart(spreadWidth)}`;
      return text + spread;
    });
    const marked = best >= 0;
    const width = Math.max(column.title.length, column.unit?.length ?? 0, ...texts.map((t) => t.length));
    const pad = (text: string) => (numeric ? text.padStart(width) : text.padEnd(width));
    return {
      title: pad(column.title) + (marked ? "  " : ""),
      unit: pad(column.unit ?? "") + (marked ? "  " : ""),
      cells: texts.map((text, r) =>
        r === best ? style.green(style.bold(`${pad(text)} *`)) : pad(text) + (marked ? "  " : ""),
      ),
    };
  });
  const line = (parts: readonly string[], paint: (text: string) => string = (text) => text) =>
    paint(parts.join("  ").trimEnd());
  const lines = [
    line(
      laid.map((column) => column.title),
      style.bold,
    ),
  ];
  if (columns.some((column) => column.unit !== undefined))
    lines.push(
      line(
        laid.map((column) => column.unit),
        style.dim,
      ),
    );
  for (const r of rows.keys()) lines.push(line(laid.map((column) => column.cells[r]!)));
  return `${lines.join("\n")}\n`;
}
