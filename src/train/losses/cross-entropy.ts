/** Cross-entropy of classes: targets are the indices of classes, or one probability a class. */
import { cast, neg, op, reduceMean, reshape } from "../../onnx/functions.js";
import { isFloat } from "../../onnx/tensor.js";
import { fail } from "../../problem/problem.js";
import type { Loss } from "../loss.js";
import { crossed, logProbabilities } from "./classes.js";

/**
 * Mean over the rows of −ln softmax(prediction)[target]. `prediction` is [rows, classes], unnormalised. `target` is
 * [rows] or [rows, 1] of integers from 0 (one that is no class ends the run), or [rows, classes] of probabilities:
 * one-hot, or soft.
 *
 * @example
 * const g = graphBuilder("loss");
 * const label = g.constant(tensor("int64", [1], [1]));
 * g.output("loss", crossEntropy.of(g.input("y", "float32", [1, 2]), label));
 * evaluate(g.model(), { y: tensor("float32", [1, 2], [3, 3]) }).loss.data // Float32Array [≈0.6931]
 */
export const crossEntropy: Loss = {
  name: "cross-entropy",
  of(prediction, target) {
    const logs = logProbabilities(prediction);
    if (isFloat(target.dtype)) return crossed(cast(target, logs.dtype), logs);
    const rows = prediction.shape.slice(0, -1);
    if (rows.some((d) => typeof d !== "number"))
      fail("L0954", {
        reason: `its cross-entropy is over [${prediction.shape}]: all axes of it must have a known size`,
      });
    const index = reshape(cast(target, "int64"), [...(rows as number[]), 1]);
    return neg(reduceMean(op("GatherElements", [logs, index], { axis: -1 })));
  },
};
