/**
 * Huber's loss (1964): squared up to `delta`, linear beyond, so that outliers pull less. In units of the normalised
 * target. With m = min(|e|, δ) it is m·(|e| − m/2).
 */
import { abs, min, mul, reduceMean, sub } from "../../onnx/functions.js";
import type { Loss } from "../loss.js";

/**
 * The loss for an outlier limit of `delta` standard deviations.
 *
 * @example
 * const g = graphBuilder("loss");
 * const zero = g.constant(tensor("float32", [1, 2], [0, 0]));
 * g.output("loss", huber(1).of(g.input("y", "float32", [1, 2]), zero));
 * evaluate(g.model(), { y: tensor("float32", [1, 2], [1, 3]) }).loss.data // Float32Array [1.5]
 */
export const huber = (delta = 1): Loss => ({
  name: "huber",
  of(prediction, target) {
    const error = abs(sub(prediction, target));
    const inner = min(error, delta);
    return reduceMean(mul(inner, sub(error, mul(inner, 0.5))));
  },
});
