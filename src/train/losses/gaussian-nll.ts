/** Negative log-likelihood of a normal distribution whose mean and variance are both predicted (Nix & Weigend 1994). */
import { add, exp, mul, neg, reduceMean, split, square, sub } from "../../onnx/functions.js";
import { fail } from "../../problem/problem.js";
import type { Loss } from "../loss.js";

/**
 * Mean over all elements of ½ · (s + (target − μ)² · e⁻ˢ), where `prediction` is [rows, 2·width]: first the means μ,
 * then the logarithms s of the variances. The constant ½ ln 2π is left out.
 *
 * @example
 * const g = graphBuilder("loss");
 * const zero = g.constant(tensor("float32", [1, 1], [0]));
 * g.output("loss", gaussianNll.of(g.input("y", "float32", [1, 2]), zero));
 * evaluate(g.model(), { y: tensor("float32", [1, 2], [2, 0]) }).loss.data // Float32Array [2]
 */
export const gaussianNll: Loss = {
  name: "gaussian-nll",
  of(prediction, target) {
    const axis = prediction.shape.length - 1;
    const [both, width] = [prediction.shape[axis], target.shape[axis]];
    if (typeof width !== "number" || both !== 2 * width)
      fail("L0954", {
        reason: `its Gaussian likelihood takes means and log-variances, [rows, 2 × ${width}], not [${prediction.shape}]`,
      });
    const [mean, s] = split(prediction, [width as number, width as number], axis);
    return reduceMean(mul(add(s, mul(square(sub(target, mean)), exp(neg(s)))), 0.5));
  },
};
