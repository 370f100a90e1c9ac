/** Message types as TypeScript types, with units and shapes in doc comments. */
import type { Dtype, MessageSchema } from "../../message/type.js";
import { commentBlock, key } from "./literal.js";

const arrays: { readonly [D in Dtype]: string } = {
  float64: "Float64Array",
  float32: "Float32Array",
  int32: "Int32Array",
  int16: "Int16Array",
  int8: "Int8Array",
  uint32: "Uint32Array",
  uint16: "Uint16Array",
  uint8: "Uint8Array",
  bool: "Uint8Array",
};

/** The TypeScript type of a message, as components receive it. */
export function typeOf(schema: MessageSchema, indent = ""): string {
  if (schema.tensor !== undefined) return arrays[schema.dtype ?? "float64"];
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  switch (schema.type) {
    case "number":
    case "integer":
      return "number";
    case "boolean":
    case "string":
      return schema.type;
    case "array":
      return `readonly ${element(typeOf(schema.items ?? {}, indent))}[]`;
    case "object":
      return objectType(schema, indent);
    default:
      return "unknown";
  }
}

const element = (type: string) => (type.includes(" | ") || type.startsWith("readonly ") ? `(${type})` : type);

function objectType({ properties = {}, required = [] }: MessageSchema, indent: string): string {
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([field, type]) =>
    member(field, type, { optional: !required.includes(field), indent: inner }),
  );
  return members.length === 0 ? "{ readonly [field: string]: unknown }" : `{\n${members.join("")}${indent}}`;
}

/** One member of an interface, with its doc comment. */
export function member(
  name: string,
  schema: MessageSchema,
  { optional, indent }: { optional: boolean; indent: string },
): string {
  const about = describe(schema);
  const comment = about === "" ? "" : `${indent}/** ${commentBlock(about)} */\n`;
  return `${comment}${indent}readonly ${key(name)}${optional ? "?" : ""}: ${typeOf(schema, indent)};\n`;
}

/** Description, shape and unit in a few words. */
function describe({ description, tensor, unit, wraps, minimum, maximum }: MessageSchema): string {
  const range = minimum === undefined && maximum === undefined ? undefined : `${minimum ?? "−∞"} to ${maximum ?? "∞"}`;
  const parts = [
    tensor && tensor.length > 0 ? `shape [${tensor.join(", ")}]` : undefined,
    unit === undefined ? undefined : `in ${unit}`,
    wraps === true ? "angle, equal modulo 2π" : undefined,
    range,
  ].filter((part) => part !== undefined);
  const facts = parts.join(", ");
  if (description === undefined) return facts === "" ? "" : `${facts[0]!.toUpperCase()}${facts.slice(1)}.`;
  return facts === "" ? description : `${description} (${facts})`;
}
