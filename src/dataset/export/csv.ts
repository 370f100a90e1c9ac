/**
 * CSV (RFC 4180): a header of names, a row a row; what else there is to know of the columns (dtypes, units, where it all
 * comes from) stands beside it, as CSV on the Web says (w3.org/TR/tabular-data-primer): `NAME.csv-metadata.json`.
 *
 * Every number is written so that reading it gives the same number back: the shortest digits that do, `-0`, `NaN`,
 * `Infinity` and `-Infinity`.
 */
import { basename, join } from "node:path";
import { columnName } from "../columns.js";
import { LINEAGE, type LineageKey, SPLITS } from "../manifest.js";
import type { Splits } from "../split.js";
import { fileNames } from "../write.js";
import { blocksOf } from "./blocks.js";
import type { ExportFiles } from "./files.js";
import type { ExportSource, ExportTable } from "./format.js";
import { beside, type Format } from "./format.js";

export const csv: Format = {
  name: "csv",
  dtype: "float64",
  nonFinite: "keep",
  async write(source, folder, files, out, { signal }) {
    const [only, ...more] = source.tables;
    if (only !== undefined && more.length === 0) {
      await writeTable(source, only, folder, basename(out), files, signal);
      const metadata = metadataOf(basename(out));
      return {
        files: new Map([
          [metadata, beside(out, "-metadata.json")],
          [basename(out), out],
        ]),
      };
    }
    const names = fileNames(source.tables.map(({ of }) => of!));
    for (const table of source.tables)
      await writeTable(source, table, folder, `${names.get(table.of!)}.csv`, files, signal);
    return {};
  },
};

const metadataOf = (name: string): string => `${name}-metadata.json`;

async function writeTable(
  source: ExportSource,
  table: ExportTable,
  folder: string,
  name: string,
  files: ExportFiles,
  signal: AbortSignal | undefined,
): Promise<void> {
  const columns = columnsOf(table);
  const metadata = new TextEncoder().encode(`${JSON.stringify(describe(source, name, columns), undefined, 2)}\n`);
  await files.write(join(folder, metadataOf(name)), [metadata]);
  const sink = await files.create(join(folder, name));
  const encoder = new TextEncoder();
  try {
    await sink.write(encoder.encode(`${columns.map((column) => quoted(column.name)).join(",")}\n`));
    const splits = table.splits && splitOf(table.splits);
    const numbers = table.ports.map(({ dtype }) => (dtype === "float32" ? float32 : float64));
    for await (const { from, to, data, lineage } of blocksOf(table, signal)) {
      let text = "";
      for (let row = from; row < to; row++) {
        const i = row - from;
        for (const key of LINEAGE) text += `${lineage[key][i]},`;
        if (splits) text += `${splits(row)},`;
        const cells: string[] = [];
        for (const [p, values] of data.entries()) {
          const { length: width } = table.ports[p]!.columns;
          for (let c = i * width; c < (i + 1) * width; c++) cells.push(numbers[p]!(values[c]!));
        }
        text += `${cells.join(",")}\n`;
      }
      await sink.write(encoder.encode(text));
    }
  } finally {
    await sink.close();
  }
}

interface CsvColumn {
  readonly name: string;
  readonly datatype: "long" | "float" | "double" | "string";
  readonly unit?: string;
  readonly port?: string;
  readonly role?: string;
}

const LINEAGE_UNITS: { readonly [key in LineageKey]?: string } = { tag_ns: "ns", stamp_ns: "ns" };

const columnsOf = (table: ExportTable): CsvColumn[] => [
  ...LINEAGE.map((name) => ({
    name,
    datatype: "long" as const,
    ...(LINEAGE_UNITS[name] && { unit: LINEAGE_UNITS[name] }),
  })),
  ...(table.splits === undefined ? [] : [{ name: "split", datatype: "string" as const }]),
  ...table.ports.flatMap(({ port, role, dtype, columns }) =>
    columns.map(({ name, unit }) => ({
      name: columnName({ port, name }),
      datatype: dtype === "float32" ? ("float" as const) : ("double" as const),
      ...(unit === undefined ? {} : { unit }),
      port,
      role,
    })),
  ),
];

/** `limbeck:` properties are ours; a reader of CSV on the Web passes them on. */
const describe = ({ recordings, manifest }: ExportSource, url: string, columns: readonly CsvColumn[]) => ({
  "@context": ["http://www.w3.org/ns/csvw", { limbeck: "urn:limbeck:" }],
  url,
  tableSchema: {
    columns: columns.map(({ name, datatype, unit, port, role }) => ({
      titles: name,
      datatype,
      ...(unit === undefined ? {} : { "limbeck:unit": unit }),
      ...(port === undefined ? {} : { "limbeck:port": port, "limbeck:role": role }),
    })),
  },
  "limbeck:recordings": recordings,
  ...(manifest === undefined ? {} : { "limbeck:dataset": manifest.digest }),
});

/** The name of a row's split, for rows in rising order; nothing for a row that no split has. */
function splitOf(splits: Splits): (row: number) => string {
  const ranges = SPLITS.flatMap((name) => splits[name].map(([from, to]) => ({ name, from, to }))).sort(
    (a, b) => a.from - b.from,
  );
  let at = 0;
  return (row) => {
    while (at < ranges.length && ranges[at]!.to <= row) at++;
    const range = ranges[at];
    return range !== undefined && range.from <= row ? range.name : "";
  };
}

const quoted = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

const float64 = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** The fewest digits, from 6 on, that are this float32 and no other. */
function float32(x: number): string {
  // whole numbers are short already, and `toPrecision` has no −0
  if (x === Math.trunc(x) && Math.abs(x) < 1e15) return float64(x);
  let short = Number(x.toPrecision(8));
  if (Math.fround(short) !== x) return String(Number(x.toPrecision(9)));
  for (let digits = 7; digits >= 6; digits--) {
    const shorter = Number(x.toPrecision(digits));
    if (Math.fround(shorter) !== x) break;
    short = shorter;
  }
  return String(short);
}
