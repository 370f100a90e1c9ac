/** JSON values as TypeScript source. Texts from a user's graph stay inside their quotes or comments. */
import type { Json } from "../../message/type.js";

const WIDTH = 110;

/** A property's name: bare where TypeScript allows it; `__proto__` computed, or it would set the prototype. */
export function key(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** A value on one line where it fits, else one entry a line. */
export function literal(value: Json, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const parts = (within: string) =>
    Array.isArray(value)
      ? value.map((item: Json) => literal(item, within))
      : Object.entries(value).map(([name, item]) => `${key(name)}: ${literal(item as Json, within)}`);
  if (parts(inner).length === 0) return `${open}${close}`;
  const pad = Array.isArray(value) ? "" : " ";
  const line = `${open}${pad}${parts(inner).join(", ")}${pad}${close}`;
  if (!line.includes("\n") && indent.length + line.length <= WIDTH) return line;
  return `${open}\n${parts(inner)
    .map((part) => `${inner}${part},\n`)
    .join("")}${indent}${close}`;
}

/** Text for a line comment: one line, whatever is in it. */
export const commentLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();

/** Text for a block comment: one line that does not end the comment. */
export const commentBlock = (text: string): string => commentLine(text).replaceAll("*/", "*\\/");
