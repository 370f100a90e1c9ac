/** What the policies of a recorder have in common. */
import type { RecordedRow } from "../row.js";

/** Keeps a state of its own as data, so that a recorder goes on from a run's snapshot. */
export interface Stateful {
  snapshot(): unknown;
  restore(saved: unknown): void;
}

/** Says of one complete row after the other whether it passes. */
export interface Filter extends Stateful {
  passes(row: RecordedRow): boolean;
}

/** A number of rows, or a time on the run's clock. */
export type Extent = { readonly rows: number } | { readonly time_ns: number };
