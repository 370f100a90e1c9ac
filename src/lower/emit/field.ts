/** A field of a message in parts: `joints:velocity`, `joints:position[0]`. */
import { formatField } from "../../message/field.js";
import { cast, slice, squeeze } from "../../onnx/functions.js";
import { isFloat } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { lazy, type Parts } from "./frame.js";

/** The parts of the field, under paths that begin at it. */
export function fieldOf(parts: Parts, field: readonly string[]): Parts {
  if (field.length === 0) return parts;
  const at = formatField(field);
  const found = [...parts].flatMap(([path, part]) => {
    if (path === at) return [["", part] as const];
    if (path.startsWith(`${at}.`)) return [[path.slice(at.length + 1), part] as const];
    return path.startsWith(`${at}[`) ? [[path.slice(at.length), part] as const] : [];
  });
  if (found.length > 0) return new Map(found);
  // an element of a tensor
  const whole = parts.get(formatField(field.slice(0, -1)))!;
  return new Map([["", lazy(() => element(whole(), Number(field.at(-1))))]]);
}

/** A number of a vector of numbers, as the language of messages has it. */
function element(value: Value, index: number): Value {
  const one = squeeze(slice(value, [index], [index + 1], [1]), [1]);
  return cast(one, isFloat(value.dtype) ? "float64" : "int64");
}
