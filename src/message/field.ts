/** A part of a message by its path: the `:velocity` of `joints:velocity`, the `:position[0]` of `joints:position[0]`. */
import { kindOf } from "./kind.js";
import { isFloat, tensorType } from "./tensor.js";
import type { Message, MessageSchema } from "./type.js";

/**
 * Splits a written field path; undefined when it is none.
 *
 * @example
 * parseField("pose.position[0]") // ["pose", "position", "0"]
 */
export function parseField(text: string): readonly string[] | undefined {
  if (text.length > 1024 || !/^[A-Za-z_]\w*(\[\d+\])*(\.[A-Za-z_]\w*(\[\d+\])*)*$/.test(text)) return undefined;
  return text.match(/\w+/g)!;
}

/**
 * The path as it is written: the inverse of `parseField`.
 *
 * @example
 * formatField(["pose", "position", "0"]) // "pose.position[0]"
 */
export const formatField = (path: readonly string[]): string =>
  path.map((step, i) => (/^\d+$/.test(step) ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");

/**
 * The type of a field, or undefined where there is none.
 *
 * A step is a field's name, or an index into a tensor of one dimension or an array that always has such an element.
 *
 * @example
 * const type = messageSchema({ position: { tensor: [2], unit: "rad" } }, () => undefined);
 * selectField(type, ["position"]) // { tensor: [2], dtype: "float64", unit: "rad" }
 * selectField(type, ["velocity"]) // undefined
 */
export function selectField(schema: MessageSchema, path: readonly string[]): MessageSchema | undefined {
  let at: MessageSchema | undefined = schema;
  for (const step of path) at = at && stepInto(at, step);
  return at;
}

function stepInto(schema: MessageSchema, step: string): MessageSchema | undefined {
  const kind = kindOf(schema);
  if (kind === "object") return Object.hasOwn(schema.properties!, step) ? schema.properties![step] : undefined;
  if (!/^\d+$/.test(step)) return undefined;
  if (kind === "array") return Number(step) < (schema.minItems ?? 0) ? schema.items : undefined;
  const tensor = tensorType(schema);
  if (tensor === undefined || tensor.shape.length !== 1 || Number(step) >= tensor.length) return undefined;
  const { unit, wraps } = schema;
  return {
    type: isFloat(tensor.dtype) ? "number" : "integer",
    ...(unit === undefined ? {} : { unit }),
    ...(wraps === undefined ? {} : { wraps }),
  };
}

/**
 * The value of a field that `selectField` found; undefined when it is optional and this message has none.
 *
 * @example
 * fieldOf({ position: Float64Array.of(1, 2) }, ["position", "1"]) // 2
 */
export function fieldOf(message: Message, path: readonly string[]): Message | undefined {
  let at: Message | undefined = message;
  for (const step of path) at = at === undefined ? undefined : (at as { readonly [field: string]: Message })[step];
  return at;
}
