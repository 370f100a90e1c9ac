/** Learning from a teacher's classes, softened by a temperature (Hinton, Vinyals & Dean 2015). */
import { mul } from "../../onnx/functions.js";
import { fail } from "../../problem/problem.js";
import type { Loss } from "../loss.js";
import { divergence, logProbabilities, probabilities, safeLog } from "./classes.js";

export interface SoftTargetsOptions {
  /** Divides both sides' logits: the higher, the more the unlikely classes tell (default 2). */
  readonly temperature?: number;
  /** What targets are: the teacher's logits (default) or its probabilities. */
  readonly targets?: "logits" | "probabilities";
}

/**
 * T² · KL(softmax(target / T) ‖ softmax(prediction / T)), the mean over the rows. The gradient of softened classes
 * shrinks with 1/T²; scaled by T² it keeps its size beside a loss on hard labels, whatever the temperature.
 *
 * @example
 * const g = graphBuilder("loss");
 * const teacher = g.constant(tensor("float32", [1, 2], [4, 0]));
 * g.output("loss", softTargets({ temperature: 2 }).of(g.input("y", "float32", [1, 2]), teacher));
 * evaluate(g.model(), { y: tensor("float32", [1, 2], [4, 0]) }).loss.data // Float32Array [≈0]
 */
export function softTargets({ temperature = 2, targets = "logits" }: SoftTargetsOptions = {}): Loss {
  if (!(temperature > 0))
    fail("L0957", { option: "temperature", found: String(temperature), expected: "a number above 0" });
  return {
    name: "soft-targets",
    of(prediction, target) {
      const logits = targets === "logits" ? target : safeLog(target);
      const [p, logP] = [probabilities(logits, temperature), logProbabilities(logits, temperature)];
      return mul(divergence(p, logP, logProbabilities(prediction, temperature)), temperature ** 2);
    },
  };
}
