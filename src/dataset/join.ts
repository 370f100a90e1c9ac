/** Tables → rows as they were recorded: messages of one sequence number. By stamp they are joined by `record/asof.ts`. */
import { count, type Joined } from "../record/asof.js";
import type { Table } from "./table.js";

/** Rows as they were recorded. Sequence numbers rise within a table. */
export function joinRows(tables: readonly Table[], anchor: number): Joined {
  const picks = tables.map((): number[] => []);
  const incomplete = new Map<string, number>();
  const heads = tables.map(() => 0);
  for (;;) {
    let sequence = Number.POSITIVE_INFINITY;
    for (let i = 0; i < tables.length; i++) {
      const next = tables[i]!.sequence[heads[i]!];
      if (next !== undefined && next < sequence) sequence = next;
    }
    if (sequence === Number.POSITIVE_INFINITY) break;
    const missing = tables.findIndex((table, i) => table.sequence[heads[i]!] !== sequence);
    if (missing >= 0) count(incomplete, `no ${tables[missing]!.port}`);
    for (let i = 0; i < tables.length; i++) {
      if (tables[i]!.sequence[heads[i]!] !== sequence) continue;
      if (missing < 0) picks[i]!.push(heads[i]!);
      heads[i]!++;
    }
  }
  return { rows: picks[anchor]!.length, picks, anchor, incomplete };
}
