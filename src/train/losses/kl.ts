/** Kullback–Leibler divergence of predicted classes from given probabilities. */
import type { Loss } from "../loss.js";
import { divergence, logProbabilities, safeLog } from "./classes.js";

/**
 * Mean over the rows of Σ p · (ln p − ln softmax(prediction)): cross-entropy less what no prediction can avoid, zero
 * for a perfect one. `prediction` is [rows, classes], unnormalised; `target` are probabilities.
 *
 * @example
 * const g = graphBuilder("loss");
 * const half = g.constant(tensor("float32", [1, 2], [0.5, 0.5]));
 * g.output("loss", kl.of(g.input("y", "float32", [1, 2]), half));
 * evaluate(g.model(), { y: tensor("float32", [1, 2], [3, 3]) }).loss.data // Float32Array [≈0]
 */
export const kl: Loss = {
  name: "kl",
  of: (prediction, target) => divergence(target, safeLog(target), logProbabilities(prediction)),
};
