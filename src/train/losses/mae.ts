/** Mean absolute error. */
import { abs, reduceMean, sub } from "../../onnx/functions.js";
import type { Loss } from "../loss.js";

/**
 * Mean over all elements of the absolute error.
 *
 * @example
 * const g = graphBuilder("loss");
 * const zero = g.constant(tensor("float32", [1, 2], [0, 0]));
 * g.output("loss", mae.of(g.input("y", "float32", [1, 2]), zero));
 * evaluate(g.model(), { y: tensor("float32", [1, 2], [1, -3]) }).loss.data // Float32Array [2]
 */
export const mae: Loss = { name: "mae", of: (prediction, target) => reduceMean(abs(sub(prediction, target))) };
