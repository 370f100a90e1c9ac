/** What is not finite goes through a component and is not remembered: one NaN must not spoil every output after it. */
import { lift } from "../../onnx/functions/base.js";
import { equal, or, reduceSum, sub, where } from "../../onnx/functions.js";
import { isFloat } from "../../onnx/tensor.js";
import { isValue, type Value } from "../../onnx/value.js";
import { add } from "./arithmetic.js";

/** Whether all elements of all these values are finite: a bool scalar. */
export const allFinite = (values: readonly Value[]): Value =>
  equal(
    values
      // nothing but what is finite differs from itself by 0
      .map((x) => (x.shape.length === 0 ? sub(x, x) : reduceSum(sub(x, x))))
      .reduce((sum, x) => add(sum, x)),
    0,
  );

type Next = { readonly [name: string]: unknown };
type Before = { readonly [name: string]: Value };

/** The state that a firing leaves, if all of it is finite; else the one before it. */
export function finitely<S extends Next>(next: S, before: Before): { [K in keyof S]: Value } {
  const floats = Object.values(next).filter((x): x is Value => isValue(x) && isFloat(x.dtype));
  return floats.length === 0 ? (next as { [K in keyof S]: Value }) : kept(allFinite(floats), next, before);
}

/** A new state where it is to be taken, else the one before it. */
export const kept = <S extends Next>(taken: Value, next: S, before: Before): { [K in keyof S]: Value } =>
  Object.fromEntries(
    Object.entries(next).map(([name, x]) => {
      const last = before[name]!;
      if (x === true) return [name, or(taken, last)];
      return [name, where(taken, isValue(x) ? x : lift(Number(x), last), last)];
    }),
  ) as { [K in keyof S]: Value };
