/**
 * Canonical types → the form in which people write them, and that form as one line of text.
 *
 * The line is the name under which a graph keeps a type that has none (`message: {tensor: [2], unit: rad}`): it can be
 * no name of an author's, and the same type has the same one wherever it stands.
 */
import { fieldsOf, kindOf } from "./kind.js";
import type { Json, MessageSchema } from "./type.js";

/** Field names that would make an object of fields look like a schema. */
const KEYWORDS: ReadonlySet<string> = new Set(["type", "enum", "tensor"]);

type Named = { readonly [name: string]: MessageSchema };

/**
 * What an author would write for a type; `messageSchema` makes the type of it again.
 *
 * @param named Types that may be referred to by their names.
 * @example
 * shorthand({ tensor: [2], dtype: "float64", unit: "rad" }) // { tensor: [2], unit: "rad" }
 */
export function shorthand(schema: MessageSchema, named: Named = {}): Json {
  const { title, ...untitled } = schema;
  if (title === undefined) return structure(untitled, named);
  if (Object.hasOwn(named, title) && equal(named[title]!, schema)) return title;
  return structure(schema, named);
}

function structure(schema: MessageSchema, named: Named): Json {
  const { type, properties, required, additionalProperties: _, dtype, items, ...rest } = schema;
  const kind = kindOf(schema);
  const more = rest as { readonly [key: string]: Json };
  switch (kind) {
    case "tensor":
      return dtype === "float64" ? more : { ...more, dtype: dtype! };
    case "enum":
      return more;
    case "array":
      return { ...more, type: "array", items: shorthand(items!, named) };
    case "object": {
      const fields = Object.fromEntries(fieldsOf(schema).map((f) => [f.name, shorthand(f.schema, named)]));
      const names = Object.keys(properties!);
      const whole = names.every((name) => required!.includes(name));
      if (whole && Object.keys(more).length === 0 && !names.some((name) => KEYWORDS.has(name))) return fields;
      return { ...more, type: "object", properties: fields, ...(whole ? {} : { required: required! }) };
    }
    default:
      return Object.keys(more).length === 0 ? type! : { type: type!, ...more };
  }
}

const equal = (a: MessageSchema, b: MessageSchema): boolean => a === b || notation(a) === notation(b);

/**
 * A type on one line, without any name: equal exactly where two types are equal.
 *
 * @example
 * notation({ tensor: [2], dtype: "float64", unit: "rad" }) // "{tensor: [2], unit: rad}"
 */
export const notation = (schema: MessageSchema): string => text(shorthand(schema));

function text(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (typeof value === "string")
    return /^(?!true$|false$|null$)[A-Za-z][\w/*^.-]*$/.test(value) ? value : JSON.stringify(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value as { readonly [key: string]: Json }).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, part]) => `${key}: ${text(part)}`).join(", ")}}`;
}
