/** Mean squared error. */
import { reduceMean, square, sub } from "../../onnx/functions.js";
import type { Loss } from "../loss.js";

/**
 * Mean over all elements of the squared error.
 *
 * @example
 * const g = graphBuilder("loss");
 * const zero = g.constant(tensor("float32", [1, 2], [0, 0]));
 * g.output("loss", mse.of(g.input("y", "float32", [1, 2]), zero));
 * evaluate(g.model(), { y: tensor("float32", [1, 2], [1, 3]) }).loss.data // Float32Array [5]
 */
export const mse: Loss = { name: "mse", of: (prediction, target) => reduceMean(square(sub(prediction, target))) };
