/** JSON messages, with a JSON Schema or without. */
import { type ForeignType, MAX_DEPTH, numberOf, objectOf, UNKNOWN } from "../type.js";
import type { Encoding } from "./encoding.js";

const text = new TextDecoder("utf-8", { fatal: true });

export const json: Encoding = {
  is: ({ messageEncoding }) => messageEncoding === "json",
  open({ schema }) {
    const described = schema?.encoding === "jsonschema" && schema.data.length > 0;
    return {
      type: described ? typeOf(JSON.parse(text.decode(schema.data)), 0) : UNKNOWN,
      decode: (bytes) => JSON.parse(text.decode(bytes)),
    };
  },
};

/** What a JSON Schema says of the structure; what it leaves open is unknown. */
function typeOf(schema: unknown, depth: number): ForeignType {
  if (typeof schema !== "object" || schema === null || depth > MAX_DEPTH) return UNKNOWN;
  const { type, properties, items } = schema as { readonly [keyword: string]: unknown };
  switch (type) {
    case "object":
      // fields beside those named may come, unless the schema says no
      if (typeof properties !== "object" || properties === null) return UNKNOWN;
      return objectOf(Object.entries(properties).map(([name, inner]) => [name, typeOf(inner, depth + 1)]));
    case "array":
      return { kind: "list", items: typeOf(items, depth + 1) };
    case "number":
    case "integer":
      return numberOf("float64");
    case "boolean":
    case "string":
      return { kind: type };
    default:
      return UNKNOWN;
  }
}
