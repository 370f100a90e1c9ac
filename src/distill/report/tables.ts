/** The report's tables: the comparison and the columns. */
import { type Card, columnName } from "../../models/card.js";
import type { ReportData, TableRow } from "./data.js";
import { type Html, html } from "./html.js";

/** Three significant digits. */
export function number(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "–" : x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-4) return x.toExponential(2).replaceAll("-", "−").replace("e+", "e");
  return x.toFixed(Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(size))))).replace("-", "−");
}

/** One format for a column of numbers: as many decimals as its smallest needs for three digits, at most four. */
function columnFormat(values: readonly number[]): (x: number) => string {
  const sizes = values.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  const smallest = Math.min(...sizes);
  if (smallest < 1e-4 && Math.max(...sizes) < 1e-2) return number;
  const decimals = Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(smallest))));
  const least = 0.5 * 10 ** -decimals;
  return (x) => {
    const fixed = Number.isFinite(x) && (x === 0 || Math.abs(x) >= least);
    return fixed ? x.toFixed(decimals).replace("-", "−") : number(x);
  };
}

interface Measure {
  readonly title: string;
  readonly unit: string;
  readonly highest?: boolean;
  readonly of: (row: TableRow) => { mean: number; sd?: number } | undefined;
}

/** Where no output varies, its variance measures nothing. */
const varying =
  (of: (test: NonNullable<TableRow["test"]>) => number): Measure["of"] =>
  ({ test }) =>
    test === undefined || test.constant ? undefined : { mean: of(test) };

/** Teacher, students and baselines; the best student or baseline of each column is marked. */
export function comparison({ table, metrics }: ReportData): Html {
  const measures: Measure[] = [
    { title: "nMSE", unit: "test rows", of: varying((test) => test.nmse_mean) },
    { title: "R²", unit: "test rows", highest: true, of: varying((test) => test.r2_mean) },
    ...[...new Set(table.flatMap((row) => Object.keys(row.test?.accuracy ?? {})))].map(
      (choice): Measure => ({
        title: choice,
        unit: "share right",
        highest: true,
        of: (row) => (row.test?.accuracy?.[choice] === undefined ? undefined : { mean: row.test.accuracy[choice] }),
      }),
    ),
    ...Object.entries(metrics).flatMap(([metric, { unit = "" }]) => {
      const starts = new Set(table.flatMap((row) => Object.keys(row.closed_loop?.[metric] ?? {})));
      return [...starts].map(
        (start): Measure => ({ title: `${metric}, ${start}`, unit, of: (row) => row.closed_loop?.[metric]?.[start] }),
      );
    }),
  ];
  const best = measures.map((measure) => bestOf(table, measure));
  const formats = measures.map(({ of }) => columnFormat(table.flatMap((row) => of(row)?.mean ?? [])));
  const cell = (row: TableRow, measure: Measure, m: number): Html => {
    const value = measure.of(row);
    if (value === undefined) return html`<td class="unit">–</td>`;
    const sd = value.sd === undefined ? undefined : html` <span class="sd">± ${formats[m]!(value.sd)}</span>`;
    return html`<td${best[m] === row ? html` class="best"` : undefined}>${formats[m]!(value.mean)}${sd}</td>`;
  };
  return html`<div class="scroll"><table>
<thead><tr><th></th>${measures.map(({ title }) => html`<th>${title}</th>`)}</tr>
<tr><th></th>${measures.map(({ unit }) => html`<th class="unit">${unit}</th>`)}</tr></thead>
<tbody>${table.map(
    (row) =>
      html`<tr><th scope="row">${row.name}<span class="role">${row.role}</span></th>${measures.map((measure, m) => cell(row, measure, m))}</tr>\n`,
  )}</tbody></table></div>`;
}

function bestOf(table: readonly TableRow[], { of, highest }: Measure): TableRow | undefined {
  const sign = highest === true ? -1 : 1;
  const contenders = table.filter((row) => row.role !== "teacher" && Number.isFinite(of(row)?.mean));
  return contenders.length < 2
    ? undefined
    : contenders.reduce((a, b) => (sign * of(b)!.mean < sign * of(a)!.mean ? b : a));
}

/** In words, each student that does not beat what it has to beat. */
export function verdicts({ table }: ReportData): string[] {
  const nmse = (row: TableRow) => row.test?.nmse_mean ?? Number.POSITIVE_INFINITY;
  return table
    .filter((row) => row.role === "student")
    .flatMap((student) =>
      table
        .filter((other) => other !== student && (other.role === "baseline" || other.name === "ridge"))
        .filter((other) => !(nmse(student) < nmse(other)))
        .map((other) =>
          student.test?.constant
            ? `${student.name} does not beat ${other.name}: no output varies in the test rows, so that they cannot tell.`
            : `${student.name} does not beat ${other.name}: nMSE ${number(nmse(student))} against ${number(nmse(other))}.`,
        ),
    );
}

/** Every column of the model with its unit and the statistics of the training rows. */
export function columnsTable(card: Card): Html {
  const rows = (of: string, columns: Card["columns"]["inputs"]) =>
    columns.map(
      (
        c,
      ) => html`<tr><td><code>${columnName(c)}</code></td><td class="text">${of}</td><td class="text">${c.unit ?? ""}</td>
<td>${number(c.min)}</td><td>${number(c.max)}</td><td>${number(c.mean)}</td><td>${number(c.sd)}</td></tr>\n`,
    );
  return html`<h3>Columns</h3><div class="scroll"><table>
<thead><tr><th>column</th><th class="text">of</th><th class="text">unit</th><th>min</th><th>max</th><th>mean</th><th>sd</th></tr></thead>
<tbody>${rows("input", card.columns.inputs)}${rows("output", card.columns.outputs)}</tbody></table></div>`;
}
