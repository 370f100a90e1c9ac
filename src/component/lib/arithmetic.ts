/**
 * Arithmetic on plain numbers and symbolic values alike, so that a formula is written once: what is plain is computed
 * at once and becomes a constant, what is symbolic becomes an op.
 *
 * Terms and factors that change nothing (+ 0, · 1) and factors of 0 are left out of a trace.
 */
import * as ops from "../../onnx/functions.js";
import { scalar } from "../../onnx/tensor.js";
import { isValue, type Value } from "../../onnx/value.js";

export type Num = number | Value;
export type Truth = boolean | Value;

interface Binary {
  (a: number, b: number): number;
  (a: Value, b: Num): Value;
  (a: Num, b: Value): Value;
  <T extends Num>(a: T | number, b: T | number): T;
}
interface Unary {
  (x: number): number;
  (x: Value): Value;
  <T extends Num>(x: T): T;
}
interface Comparison {
  (a: number, b: number): boolean;
  (a: Value, b: Num): Value;
  (a: Num, b: Value): Value;
  (a: Num, b: Num): Truth;
}

const binary = (
  plain: (a: number, b: number) => number,
  symbolic: (a: Num, b: Num) => Value,
  short: (a: Num, b: Num) => Num | undefined = () => undefined,
): Binary =>
  ((a: Num, b: Num) =>
    isValue(a) || isValue(b) ? (short(a, b) ?? symbolic(a, b)) : plain(a as number, b as number)) as Binary;

const unary = (plain: (x: number) => number, symbolic: (x: Value) => Value): Unary =>
  ((x: Num) => (isValue(x) ? symbolic(x) : plain(x as number))) as Unary;

const comparison = (plain: (a: number, b: number) => boolean, symbolic: (a: Num, b: Num) => Value): Comparison =>
  ((a: Num, b: Num) => (isValue(a) || isValue(b) ? symbolic(a, b) : plain(a as number, b as number))) as Comparison;

export const add = binary(
  (a, b) => a + b,
  ops.add,
  (a, b) => (a === 0 ? b : b === 0 ? a : undefined),
);
export const sub = binary(
  (a, b) => a - b,
  ops.sub,
  (a, b) => (b === 0 ? a : a === 0 ? ops.neg(b as Value) : undefined),
);
export const mul = binary(
  (a, b) => a * b,
  ops.mul,
  (a, b) => (a === 0 || b === 0 ? 0 : a === 1 ? b : b === 1 ? a : undefined),
);
export const div = binary(
  (a, b) => a / b,
  ops.div,
  (a, b) => (b === 1 ? a : undefined),
);
export const min = binary(Math.min, ops.min);
export const max = binary(Math.max, ops.max);
export const atan2 = binary(Math.atan2, ops.atan2);

export const neg = unary((x) => -x, ops.neg);
export const abs = unary(Math.abs, ops.abs);
export const sign = unary(Math.sign, ops.sign);
export const sqrt = unary(Math.sqrt, ops.sqrt);
export const exp = unary(Math.exp, ops.exp);
export const sin = unary(Math.sin, ops.sin);
export const cos = unary(Math.cos, ops.cos);
export const tanh = unary(Math.tanh, ops.tanh);
export const floor = unary(Math.floor, ops.floor);
export const ceil = unary(Math.ceil, ops.ceil);
/** To the nearest integer, up where it is half way. */
export const round = unary(Math.round, (x) => ops.floor(ops.add(x, 0.5)));
/** eˣ − 1, also where x is small: (eˣ + 1)·tanh(x/2). */
export const expm1 = unary(Math.expm1, (x) => ops.mul(ops.add(ops.exp(x), 1), ops.tanh(ops.mul(x, 0.5))));

export const greater = comparison((a, b) => a > b, ops.greater);
export const less = comparison((a, b) => a < b, ops.less);
export const atLeast = comparison((a, b) => a >= b, ops.greaterOrEqual);
export const atMost = comparison((a, b) => a <= b, ops.lessOrEqual);

/** `a` where it is so, else `b`. */
export function choose<T extends Num>(condition: boolean, a: T, b: T): T;
export function choose(condition: Value, a: Num, b: Num): Value;
export function choose<T extends Num>(condition: Truth, a: T, b: T): T;
export function choose(condition: Truth, a: Num, b: Num): Num {
  if (!isValue(condition)) return condition ? a : b;
  if (isValue(a) || isValue(b)) return ops.where(condition, a, b);
  return ops.where(condition, condition.scope.constant(scalar("float64", a as number)), b);
}

/** Terms from the left to the right. */
export const sum = <T extends Num>(...terms: readonly (T | number)[]): T =>
  terms.reduce<Num>((total, term) => add<Num>(total, term), 0) as T;

export const square = <T extends Num>(x: T): T => mul<Num>(x, x) as T;

/** √x, and 0 of what is below 0, where its gradient is 0 too. */
export function root<T extends Num>(x: T): T {
  const below: Truth = atMost(x as Num, 0);
  return choose<Num>(below, 0, sqrt<Num>(choose<Num>(below, 1, x))) as T;
}

/** √(Σx²). */
export const hypot = <T extends Num>(...x: readonly T[]): T =>
  root<Num>(sum<Num>(...x.map((v) => square<Num>(v)))) as T;

/** The value, no less than `low` and no more than `high`; an infinite bound is none. */
export function between<T extends Num>(low: Num, x: T, high: Num): T {
  const above = low === Number.NEGATIVE_INFINITY ? x : max<Num>(low, x);
  return (high === Number.POSITIVE_INFINITY ? above : min<Num>(high, above)) as T;
}
