/**
 * Tables → rows: which message of each port belongs together.
 *
 * By row: messages of one sequence number. By stamp, an as-of join: with each message of the anchor, the latest
 * message of every other port whose stamp is not later, within a tolerance.
 */
import type { Table } from "./table.js";

export interface Joined {
  readonly rows: number;
  /** For each table, the message of each row. */
  readonly picks: readonly (readonly number[])[];
  /** The table that a row has its tag and stamp from. */
  readonly anchor: number;
  /** Messages that found no row, by cause. */
  readonly incomplete: ReadonlyMap<string, number>;
}

/** Rows as they were recorded. Sequence numbers rise within a table. */
export function joinRows(tables: readonly Table[], anchor: number): Joined {
  const picks = tables.map((): number[] => []);
  const incomplete = new Map<string, number>();
  const heads = tables.map(() => 0);
  for (;;) {
    const next = tables.map((table, i) => table.sequence[heads[i]!] ?? Number.POSITIVE_INFINITY);
    const sequence = Math.min(...next);
    if (sequence === Number.POSITIVE_INFINITY) break;
    const missing = next.findIndex((n) => n !== sequence);
    if (missing >= 0) count(incomplete, `no ${tables[missing]!.port}`);
    for (let i = 0; i < tables.length; i++) {
      if (next[i] !== sequence) continue;
      if (missing < 0) picks[i]!.push(heads[i]!);
      heads[i]!++;
    }
  }
  return { rows: picks[anchor]!.length, picks, anchor, incomplete };
}

/** Rows by stamp; stamps may go backwards in a recording, and ties are taken in the order of recording. */
export function joinAsOf(tables: readonly Table[], anchor: number, tolerance_ns = Number.POSITIVE_INFINITY): Joined {
  const picks = tables.map((): number[] => []);
  const incomplete = new Map<string, number>();
  const orders = tables.map((table) => stampOrder(table.stamp_ns));
  const heads = tables.map(() => -1);
  for (const row of orders[anchor]!) {
    const stamp = tables[anchor]!.stamp_ns[row]!;
    let cause: string | undefined;
    for (let i = 0; i < tables.length; i++) {
      if (i === anchor) continue;
      const { port, stamp_ns } = tables[i]!;
      const order = orders[i]!;
      while (heads[i]! + 1 < order.length && stamp_ns[order[heads[i]! + 1]!]! <= stamp) heads[i]!++;
      if (heads[i]! < 0) cause ??= `no ${port} yet`;
      else if (stamp - stamp_ns[order[heads[i]!]!]! > tolerance_ns) cause ??= `${port} older than the tolerance`;
    }
    if (cause !== undefined) count(incomplete, cause);
    else for (let i = 0; i < tables.length; i++) picks[i]!.push(i === anchor ? row : orders[i]![heads[i]!]!);
  }
  return { rows: picks[anchor]!.length, picks, anchor, incomplete };
}

/** Message numbers in the order of their stamps; equal stamps keep their order. */
function stampOrder(stamps: readonly number[]): readonly number[] {
  const order = stamps.map((_, i) => i);
  const rising = stamps.every((stamp, i) => i === 0 || stamp >= stamps[i - 1]!);
  return rising ? order : order.sort((a, b) => stamps[a]! - stamps[b]!);
}

export function count(counts: Map<string, number>, cause: string, n = 1): void {
  counts.set(cause, (counts.get(cause) ?? 0) + n);
}
