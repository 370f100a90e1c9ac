/** Operators of nets as functions. */
import type { Value } from "../value.js";
import { op } from "./base.js";

/**
 * eˣ over its sum along an axis: what a net's scores become to be probabilities.
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("p", softmax(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [0, Math.log(3)]) }).p.data // Float64Array [≈0.25, ≈0.75]
 */
export const softmax = (x: Value, axis = -1): Value => op("Softmax", [x], { axis });
/**
 * The logarithm of `softmax`, exact where the probabilities are too small to be told from zero.
 *
 * @example
 * const g = graphBuilder("g");
 * g.output("y", logSoftmax(g.input("x", "float64", [2])));
 * evaluate(g.model(), { x: tensor("float64", [2], [0, 1000]) }).y.data // Float64Array [-1000, 0]
 */
export const logSoftmax = (x: Value, axis = -1): Value => op("LogSoftmax", [x], { axis });
