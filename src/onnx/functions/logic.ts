/** Comparison, truth values, and the questions asked of floats, as functions. */
import type { Value } from "../value.js";
import { binary, op, unary } from "./base.js";

/** a > b, of dtype bool. */
export const greater = binary("Greater");
/** a ≥ b, of dtype bool. */
export const greaterOrEqual = binary("GreaterOrEqual");
/** a < b, of dtype bool. */
export const less = binary("Less");
/** a ≤ b, of dtype bool. */
export const lessOrEqual = binary("LessOrEqual");
/** a = b, of dtype bool. */
export const equal = binary("Equal");

/** Both, of two values of dtype bool. */
export const and = (a: Value, b: Value): Value => op("And", [a, b]);
/** One or both, of two values of dtype bool. */
export const or = (a: Value, b: Value): Value => op("Or", [a, b]);
/** One and not both, of two values of dtype bool. */
export const xor = (a: Value, b: Value): Value => op("Xor", [a, b]);
/** The other truth value. */
export const not = unary("Not");

/** Whether a float is not a number, as bool. */
export const isNan = unary("IsNaN");
/** Whether a float is infinite, as bool. */
export const isInf = unary("IsInf");
