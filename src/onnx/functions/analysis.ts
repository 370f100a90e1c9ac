/**
 * Functions of analysis: ops where ONNX has them, and compositions, precise to a few units in the last place, where it
 * has none, or none that runtimes have for both float dtypes.
 */
import type { Value } from "../value.js";
import { lift, type Operand, unary } from "./base.js";
import { abs, add, clip, div, exp, log, mul, sign, sqrt, sub, tanh, where } from "./elementwise.js";
import { and, equal, greater, greaterOrEqual, less, lessOrEqual } from "./logic.js";

/** sin x, x in radians. */
export const sin = unary("Sin");
/** cos x, x in radians. */
export const cos = unary("Cos");
/** tan x, x in radians. */
export const tan = unary("Tan");
/** The angle whose tangent is x, in radians. */
export const atan = unary("Atan");
/** The error function, 2/√π · ∫₀ˣ e^(−t²) dt. */
export const erf = unary("Erf");

/** Whether a float is below 0, or is −0. */
const negative = (x: Value): Value => less(where(equal(x, 0), div(1, x), x), 0);

/**
 * The angle from the x-axis to the point (x, y), in radians from −π to π; signed zeros and infinities are told apart as
 * IEEE 754 has it. The gradient is right wherever there is one, the axes included, and finite at the origin.
 *
 * @example
 * const g = graphBuilder("angle");
 * g.output("a", atan2(g.input("y", "float64", [2]), g.input("x", "float64", [2])));
 * const feeds = { y: tensor("float64", [2], [1, -0]), x: tensor("float64", [2], [0, -1]) };
 * evaluate(g.model(), feeds).a.data // Float64Array [≈1.5708, ≈-3.1416]
 */
export function atan2(y: Operand, x: Operand): Value {
  const like = typeof y === "number" ? x : y;
  if (typeof like === "number") throw new TypeError("atan2 of two plain numbers: at least one must be a value");
  const [b, a] = [lift(y, like), lift(x, like)];
  const [left, below] = [negative(a), negative(b)];
  const [width, height] = [abs(a), abs(b)];
  // two infinities are at a right angle's half, and the origin is where its zeros point
  const infinite = and(equal(width, height), greater(width, largest(like)));
  const [run, rise] = [where(infinite, sign(a), a), where(infinite, sign(b), b)];
  const steep = greater(height, width);
  const origin = and(equal(a, 0), equal(b, 0));
  const under = where(origin, where(left, lift(-1, like), 1), where(steep, rise, run));
  const flat = atan(div(where(steep, run, rise), under));
  const half = where(below, lift(-Math.PI, like), Math.PI);
  return where(steep, sub(mul(half, 0.5), flat), where(left, add(flat, half), flat));
}

const largest = (x: Value): number => (x.dtype === "float64" ? Number.MAX_VALUE : 3.4028234663852886e38);

/**
 * The angle from −π/2 to π/2 whose sine is x.
 *
 * @example
 * const g = graphBuilder("angle");
 * g.output("a", asin(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [-1, 0.5]) }).a.data // Float64Array [≈-1.5708, ≈0.5236]
 */
export const asin = (x: Value): Value => atan(div(x, sqrt(mul(sub(1, x), add(1, x)))));
/**
 * The angle from 0 to π whose cosine is x.
 *
 * @example
 * const g = graphBuilder("angle");
 * g.output("a", acos(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [-1, 0.5]) }).a.data // Float64Array [≈3.1416, ≈1.0472]
 */
export const acos = (x: Value): Value => mul(atan(sqrt(div(sub(1, x), add(1, x)))), 2);

/**
 * eˣ − 1, precise near 0 too: 2t / (1 − t) with t = tanh(x/2).
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", expm1(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [0, 1]) }).y.data // Float64Array [0, ≈1.7183]
 */
export function expm1(x: Value): Value {
  const t = tanh(mul(clip(x, -1, 1), 0.5));
  return where(less(abs(x), 1), div(mul(t, 2), sub(1, t)), sub(exp(x), 1));
}

/**
 * ln(1 + x), precise near 0 too: ln(u)·x / (u − 1) with u = 1 + x as it is rounded (Higham, Accuracy and Stability of
 * Numerical Algorithms, 2002, section 1.14.1).
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", log1p(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [0, 9]) }).y.data // Float64Array [0, ≈2.3026]
 */
export function log1p(x: Value): Value {
  const near = clip(x, -0.5, 1);
  const u = add(near, 1);
  const lost = equal(u, 1);
  const precise = where(lost, near, mul(log(u), div(near, where(lost, 1, sub(u, 1)))));
  return where(and(greaterOrEqual(x, -0.5), lessOrEqual(x, 1)), precise, log(add(x, 1)));
}

/**
 * x·Φ(x), where Φ is the standard normal distribution (Hendrycks & Gimpel 2016).
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", gelu(g.input("x", "float64", [3])));
 * evaluate(g.model(), { x: tensor("float64", [3], [-1, 0, 1]) }).y.data // Float64Array [≈-0.1587, 0, ≈0.8413]
 */
export const gelu = (x: Value): Value => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
