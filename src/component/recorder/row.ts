/** Rows as recorders and their policies see them. */
import { fieldOf, parseField } from "../../message/field.js";
import type { Message } from "../../message/type.js";
import type { Entry } from "../component.js";

/** One firing of the anchor: its inputs as read, its outputs of the same tag. */
export interface RecordedRow {
  readonly tag_ns: number;
  readonly microstep: number;
  /** In any order; a port that has none makes the row incomplete. */
  readonly entries: readonly Entry[];
}

/**
 * What a row holds at a port, or in a field of it; undefined where it has none.
 *
 * @example
 * const force = { x: 0, z: Float64Array.of(21, 3) };
 * const row = { tag_ns: 0, microstep: 0, entries: [{ port: "contact.force", stamp_ns: 0, message: force }] };
 * valueIn(row, "contact.force:z[0]") // 21
 * valueIn(row, "joints") // undefined
 */
export function valueIn(row: RecordedRow, ref: string): Message | undefined {
  const { port, field } = splitRef(row, ref);
  for (const entry of row.entries) if (entry.port === port) return fieldOf(entry.message, field);
  return undefined;
}

/** Recorded ports may have a field in their own name (`joints:position`): the whole name comes first. */
function splitRef({ entries }: RecordedRow, ref: string): { readonly port: string; readonly field: readonly string[] } {
  if (entries.some(({ port }) => port === ref)) return { port: ref, field: [] };
  const at = ref.indexOf(":");
  if (at < 0) return { port: ref, field: [] };
  return { port: ref.slice(0, at), field: parseField(ref.slice(at + 1)) ?? [ref.slice(at + 1)] };
}
