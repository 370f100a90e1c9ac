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

/** Where a value is in a row: a recorded port, and a path into its message. */
export interface Spot {
  readonly port: string;
  readonly field: readonly string[];
}

/** No name is longer. */
const MAX_REF = 1024;

/**
 * Which recorded port a name means: the port itself, a field of it, or the only recorded output of a node.
 *
 * @example
 * const ports = ["joints:velocity", "contact.force", "controller.torque"];
 * spotOf(ports, "joints:velocity[0]") // { port: "joints:velocity", field: ["0"] }
 * spotOf(ports, "contact:z") // { port: "contact.force", field: ["z"] }
 * spotOf(ports, "controller.torque[1]") // { port: "controller.torque", field: ["1"] }
 * spotOf(ports, "joints") // undefined
 */
export function spotOf(ports: readonly string[], ref: string): Spot | undefined {
  if (ports.includes(ref)) return { port: ref, field: [] };
  const wanted = splitRef(ref);
  if (wanted === undefined) return undefined;
  for (const port of ports) {
    const recorded = splitRef(port);
    if (recorded?.port !== wanted.port) continue;
    if (recorded.field.every((step, i) => wanted.field[i] === step))
      return { port, field: wanted.field.slice(recorded.field.length) };
  }
  const outputs = ports.filter((port) => port.startsWith(`${wanted.port}.`) && !port.includes(":"));
  return outputs.length === 1 ? { port: outputs[0]!, field: wanted.field } : undefined;
}

/** `joints:velocity[0]`; a port whose message is a tensor has its elements right behind its name: `controller.torque[0]`. */
function splitRef(ref: string): Spot | undefined {
  if (ref.length > MAX_REF) return undefined;
  const [port, text, ...rest] = ref.split(":");
  if (text !== undefined) {
    const field = parseField(text);
    return field === undefined || rest.length > 0 ? undefined : { port: port!, field };
  }
  const bracket = ref.indexOf("[");
  if (bracket < 0) return { port: ref, field: [] };
  const indexes = ref.slice(bracket);
  if (!/^(\[\d+\])+$/.test(indexes)) return undefined;
  return { port: ref.slice(0, bracket), field: indexes.match(/\d+/g)! };
}

/** What a row holds at a place; undefined where it has none. */
export function valueAt({ entries }: RecordedRow, { port, field }: Spot): Message | undefined {
  for (const entry of entries)
    if (entry.port === port) return field.length === 0 ? entry.message : fieldOf(entry.message, field);
  return undefined;
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
  const spot = spotOf(
    row.entries.map(({ port }) => port),
    ref,
  );
  return spot && valueAt(row, spot);
}
