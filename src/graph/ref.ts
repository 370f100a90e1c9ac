/** References: `stream`, `node.port`, either with `:field` behind it; ids inside a sub-graph have `/` in them (`leg/ik`). */
import { formatField, parseField } from "../message/field.js";
import type { Ref } from "./ir.js";

export interface ParsedRef {
  readonly id: string;
  /** Absent for a stream. */
  readonly port?: string;
  readonly field: readonly string[];
}

/**
 * The parts of a reference, or undefined when it is none.
 *
 * @example
 * parseRef("arm.joints:position") // { id: "arm", port: "joints", field: ["position"] }
 * parseRef("leg/ik.angles") // { id: "leg/ik", port: "angles", field: [] }
 * parseRef("arm joints") // undefined
 */
export function parseRef(ref: Ref): ParsedRef | undefined {
  if (ref.length > 512) return undefined;
  const match = /^([A-Za-z_][\w#-]*(?:\/[A-Za-z_][\w#-]*)*)(?:\.([A-Za-z_][\w-]*))?(?::(.*))?$/s.exec(ref);
  if (match === null) return undefined;
  const field = match[3] === undefined ? [] : parseField(match[3]);
  if (field === undefined) return undefined;
  return { id: match[1]!, ...(match[2] === undefined ? {} : { port: match[2] }), field };
}

/**
 * The last name in a reference, which an input has that is written in a list: `a` → a, `a.b` → b, `a.b:c.d` → d.
 *
 * @example
 * lastName("arm.joints:position") // "position"
 */
export const lastName = (ref: Ref): string =>
  ref
    .slice(0, 512)
    .match(/[A-Za-z_][\w-]*/g)
    ?.at(-1) ?? ref;

/**
 * A reference, written out.
 *
 * @example
 * formatRef("arm", "joints", ["position"]) // "arm.joints:position"
 */
export const formatRef = (id: string, port?: string, field: readonly string[] = []): Ref =>
  `${id}${port === undefined ? "" : `.${port}`}${field.length === 0 ? "" : `:${formatField(field)}`}`;
