/** Operators that work element by element, as functions. */
import type { Dtype } from "../ir.js";
import type { Value } from "../value.js";
import { binary, elementType, lift, type Operand, op, unary } from "./base.js";

/** a + b. */
export const add = binary("Add");
/** a − b. */
export const sub = binary("Sub");
/** a · b. */
export const mul = binary("Mul");
/** a / b; integers are truncated. */
export const div = binary("Div");
/** aᵇ. */
export const pow = binary("Pow");
/** The greater of both. */
export const max = binary("Max");
/** The lesser of both. */
export const min = binary("Min");

/** The remainder of a / b with the sign of b, of integers. */
export const mod = (a: Operand, b: Operand): Value => remainder(a, b, 0);
/** The remainder of a / b with the sign of a, of integers and floats: C's `fmod`. */
export const fmod = (a: Operand, b: Operand): Value => remainder(a, b, 1);
const remainder = (a: Operand, b: Operand, fmod: number): Value => {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number") throw new TypeError("Mod of two plain numbers: at least one must be a value");
  return op("Mod", [lift(a, like), lift(b, like)], { fmod });
};

/** −x. */
export const neg = unary("Neg");
/** |x|. */
export const abs = unary("Abs");
/** −1, 0 or 1. */
export const sign = unary("Sign");
/** The greatest integer that is not above x. */
export const floor = unary("Floor");
/** The least integer that is not below x. */
export const ceil = unary("Ceil");
/** The nearest integer; halves go to the even one. */
export const round = unary("Round");
/** 1 / x. */
export const reciprocal = unary("Reciprocal");
/** √x. */
export const sqrt = unary("Sqrt");
/** eˣ. */
export const exp = unary("Exp");
/** ln x. */
export const log = unary("Log");
/** tanh x. */
export const tanh = unary("Tanh");
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = unary("Sigmoid");
/** max(x, 0). */
export const relu = unary("Relu");
/** x, and alpha·x below 0. */
export const leakyRelu = (x: Value, alpha = 0.01): Value => op("LeakyRelu", [x], { alpha });
/** x, and alpha·(eˣ − 1) below 0. */
export const elu = (x: Value, alpha = 1): Value => op("Elu", [x], { alpha });
/** ln(1 + eˣ). */
export const softplus = unary("Softplus");
/** x itself, under another name. */
export const identity = unary("Identity");

/**
 * x · sigmoid(x), the smooth activation of Elfwing et al. 2017 (also called Swish).
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", silu(g.input("x", "float64", [3])));
 * evaluate(g.model(), { x: tensor("float64", [3], [-10, 0, 10]) }).y.data // Float64Array [≈-0.0005, 0, ≈9.9995]
 */
export const silu = (x: Value): Value => mul(x, sigmoid(x));
/**
 * x².
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * square(x).shape // ["N", 4]
 */
export const square = (x: Value): Value => mul(x, x);

/**
 * `a` where the condition holds, `b` elsewhere; all broadcast. One of them may be a number.
 *
 * @example
 * const g = graphBuilder("sign");
 * const x = g.input("x", "float32", [3]);
 * g.output("y", where(less(x, 0), -1, mul(x, 2)));
 * evaluate(g.model(), { x: tensor("float32", [3], [-5, 0, 5]) }).y.data // Float32Array [-1, 0, 10]
 */
export const where = (condition: Value, a: Operand, b: Operand): Value => {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number") throw new TypeError("where of two plain numbers: at least one must be a value");
  return op("Where", [condition, lift(a, like), lift(b, like)]);
};
/**
 * Elements held between the bounds that are given.
 *
 * @example
 * const g = graphBuilder("limit");
 * g.output("y", clip(g.input("x", "float32", [3]), -1, 1));
 * evaluate(g.model(), { x: tensor("float32", [3], [-5, 0, 5]) }).y.data // Float32Array [-1, 0, 1]
 */
export const clip = (x: Value, low?: Operand, high?: Operand): Value =>
  op("Clip", [x, low === undefined ? undefined : lift(low, x), ...(high === undefined ? [] : [lift(high, x)])]);
/**
 * The same values in another dtype.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", ["N", 4]);
 * cast(x, "float64").dtype // "float64"
 */
export const cast = (x: Value, to: Dtype): Value => (x.dtype === to ? x : op("Cast", [x], { to: elementType[to] }));
