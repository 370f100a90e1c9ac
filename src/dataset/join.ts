/** Tables → rows as they were recorded: messages of one sequence number. By stamp they are joined by `record/asof.ts`. */
import type { Numbers } from "../record/asof.js";

/** What rows are put together by. */
export interface Sequenced {
  readonly port: string;
  readonly sequence: Numbers;
}

/**
 * Rows as they were recorded, one by one: of each table the number of its message, or why there is none. Sequence numbers
 * rise within a table.
 *
 * @returns the same array for each row
 */
export function* recordedRows(tables: readonly Sequenced[]): Generator<readonly number[] | string> {
  const heads = tables.map(() => 0);
  const row = tables.map(() => 0);
  for (;;) {
    let sequence = Number.POSITIVE_INFINITY;
    for (let i = 0; i < tables.length; i++) {
      const { sequence: numbers } = tables[i]!;
      if (heads[i]! < numbers.length) sequence = Math.min(sequence, numbers.at(heads[i]!)!);
    }
    if (sequence === Number.POSITIVE_INFINITY) return;
    let missing: string | undefined;
    for (let i = 0; i < tables.length; i++) {
      const { sequence: numbers, port } = tables[i]!;
      if (heads[i]! < numbers.length && numbers.at(heads[i]!) === sequence) row[i] = heads[i]!++;
      else missing ??= port;
    }
    yield missing === undefined ? row : `no ${missing}`;
  }
}
