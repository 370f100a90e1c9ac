/** L093x: learning in the loop: DAgger, fine-tuning, lock-step. */
import { error } from "../entry.js";

export const loop = {
  L0930: error<{ reason: string }>(
    1,
    "no rounds of DAgger here",
    (a) => ({
      message: `DAgger cannot be done: ${a.reason}`,
      help: "Distil nodes of a graph with `evaluate: starts:`, with more `--episodes` than rounds; or leave `--dagger` out.",
    }),
    "In each round of DAgger the student drives episodes from the graph's starts while the teacher, beside it, says what it would have done. That takes nodes that can run beside a student, starts to run from, and at least one episode a round.",
  ),
};
