/**
 * Truth values of a call, one a row: known while lowering (`true`, `false`), or a bool value of shape [N].
 *
 * What is known costs no op: a node that fires at every call has no `Where` around its state.
 */
import { cast, op, reshape, where } from "../../onnx/functions.js";
import type { Dtype } from "../../onnx/ir.js";
import type { Value } from "../../onnx/value.js";

export type Flag = boolean | Value;

export const isKnown = (flag: Flag): flag is boolean => typeof flag === "boolean";

export const not = (a: Flag): Flag => (isKnown(a) ? !a : op("Not", [a]));

export const and = (...flags: readonly Flag[]): Flag =>
  flags.reduce((a, b) => {
    if (isKnown(a)) return a ? b : false;
    if (isKnown(b)) return b ? a : false;
    return a === b ? a : op("And", [a, b]);
  }, true);

export const or = (...flags: readonly Flag[]): Flag =>
  flags.reduce((a, b) => {
    if (isKnown(a)) return a ? true : b;
    if (isKnown(b)) return b ? true : a;
    return a === b ? a : op("Or", [a, b]);
  }, false);

/** ONNX Runtime has `Where` for these, and for no other dtypes. */
const SELECTED: ReadonlySet<Dtype> = new Set(["float32", "float64", "int64", "int32", "uint8"]);

/**
 * `a` in the rows where the flag holds, `b` in the others. Both are [N, …], or [1, …] that is the same for all rows.
 */
export function select(flag: Flag, a: Value, b: Value): Value {
  if (isKnown(flag)) return flag ? a : b;
  if (a === b) return a;
  const rank = Math.max(a.shape.length, b.shape.length);
  const rows = rank <= 1 ? flag : reshape(flag, [-1, ...Array.from({ length: rank - 1 }, () => 1)]);
  return choose(rows, a, b);
}

/** `where` for values of every dtype; `condition` has an axis for each of theirs. */
export function choose(condition: Value, a: Value, b: Value): Value {
  if (a.dtype === "bool") return op("Or", [op("And", [condition, a]), op("And", [op("Not", [condition]), b])]);
  if (SELECTED.has(a.dtype)) return where(condition, a, b);
  // every one of the small integers is an int64
  return cast(where(condition, cast(a, "int64"), cast(b, "int64")), a.dtype);
}
