/** TypeBox schemas → the JSON that message types are read from. */
import type { Json } from "./type.js";

/**
 * A schema as data.
 *
 * TypeBox leaves `required` out where no field is; in a file all fields are required that say nothing else.
 *
 * @example
 * const grip = Type.Object({ force: Type.Optional(Type.Number()) });
 * plainSchema(grip) // { type: "object", properties: { force: { type: "number" } }, required: [] }
 */
export function plainSchema(schema: unknown): Json {
  if (Array.isArray(schema)) return schema.map(plainSchema);
  if (typeof schema !== "object" || schema === null) return schema as Json;
  const plain: { [keyword: string]: Json } = {};
  for (const [keyword, value] of Object.entries(schema))
    if (value !== undefined && typeof value !== "function") plain[keyword] = plainSchema(value);
  const isObject = (schema as { readonly "~kind"?: unknown })["~kind"] === "Object";
  return isObject && plain.required === undefined ? { ...plain, required: [] } : plain;
}
