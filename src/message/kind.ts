/** What kind of thing a schema describes: the one place that tells a tensor from an enum from an object. */
import type { MessageSchema } from "./type.js";

export type Kind = "tensor" | "enum" | "number" | "integer" | "boolean" | "string" | "array" | "object";

export function kindOf(schema: MessageSchema): Kind {
  if (schema.tensor !== undefined) return "tensor";
  if (schema.enum !== undefined) return "enum";
  if (schema.type !== undefined) return schema.type;
  throw new TypeError("a message schema has type, enum or tensor");
}

export interface Field {
  readonly name: string;
  readonly schema: MessageSchema;
  readonly optional: boolean;
}

/** The fields of an object in name order, which is the order of columns and of protobuf numbers. */
export function fieldsOf(schema: MessageSchema): Field[] {
  const properties = schema.properties ?? {};
  const required = new Set(schema.required ?? Object.keys(properties));
  return Object.keys(properties)
    .sort()
    .map((name) => ({ name, schema: properties[name]!, optional: !required.has(name) }));
}

/** A value in a few words, for messages. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${(value as Uint8Array).length}`;
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value.length <= 40 ? `"${value}"` : `"${value.slice(0, 40)}…"`;
  return Object.is(value, -0) ? "-0" : String(value);
}
