/** How the lines of a text table become cells, whoever reads it: separators, remarks, blank lines, the length of a line. */
import { type Info, parse } from "csv-parse";

/** A line longer than this is not a table. */
const MAX_LINE_BYTES = 1 << 20;

export interface TableFormat {
  /** One character, or `whitespace`; without it a tab in files called `.tsv`, and a comma in all others. */
  readonly delimiter?: string;
  /** What begins a remark, to the end of its line. */
  readonly comment?: string;
}

export interface TableLine {
  readonly cells: readonly string[];
  /** Counted from 1. */
  readonly line: number;
}

/** A transform that takes a table's bytes, and the lines that come out of it; lines without a cell are left out. */
export function tableParser(name: string, { delimiter, comment }: TableFormat) {
  const separator = delimiter ?? (/\.tsv(\.gz)?$/i.test(name) ? "\t" : ",");
  const spaced = separator === "whitespace";
  const parser = parse({
    delimiter: spaced ? [" ", "\t"] : separator,
    ...(comment === undefined ? {} : { comment }),
    record_delimiter: ["\r\n", "\n", "\r"],
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
  });
  async function* lines(): AsyncGenerator<TableLine, void> {
    for await (const { record, info } of parser as AsyncIterable<{ record: readonly string[]; info: Info }>) {
      const cells = spaced ? record.filter((cell) => cell !== "") : record;
      if (cells.length > 0) yield { cells, line: info.lines };
    }
  }
  return { parser, lines };
}
