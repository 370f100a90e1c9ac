/** L093x: learning in the loop: DAgger, fine-tuning, lock-step. */
import { error, warning } from "../entry.js";

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
  L0931: error<{ name: string; others: readonly string[] }>(
    2,
    "nothing to resume",
    (a) => ({
      message: `no training of \`${a.name}\` with these options was interrupted here`,
      help:
        a.others.length === 0
          ? "Leave `--resume` out to begin anew."
          : `Interrupted were: ${a.others.map((command) => `\`${command}\``).join(", ")}. Leave \`--resume\` out to begin anew.`,
    }),
    "A training that is resumed gives the bytes of one that was never interrupted. So the command has to be the same one, `--resume` apart: the graph, its parameters and rewrites, what is distilled, the students, the seed, the episodes. What an interrupted job has done lies in `.limbeck/unfinished/` until it is done, and may be deleted at any time.",
  ),
  L0932: warning<{ teacher: string; kept: number; planned: number }>(
    "episodes that are the same",
    ({ teacher, kept, planned }) => ({
      message: `at \`${teacher}\`, ${kept === 1 ? "all episodes are the same" : `of ${planned} episodes only ${kept} differ`}, so that ${kept === 1 ? "one was" : `${kept} were`} recorded`,
      help: "Let `evaluate: starts: training` draw something that reaches it: `{uniform: [low, high]}`; or record longer: `--for`.",
    }),
    "Episodes differ by what their start draws and by the noise of the world. Where neither reaches what is distilled, an episode is the same to the bit as one before, and the same rows would stand in training, validation and test. It is left out. Of a single one, the rows are split in time.",
  ),
  L0940: error<{ reason: string }>(
    1,
    "nothing to fine-tune, or nothing to tune it by",
    (a) => ({
      message: `the student cannot be fine-tuned in the loop: ${a.reason}`,
      help: "Fine-tune an `mlp` in a graph with `evaluate: starts:` that set where the world begins, and metrics to be made small.",
    }),
    "Fine-tuning follows the gradient of the graph's metrics through the lowered graph and the lowered world, from the states that `evaluate: starts: training` draws. It takes a student with weights, a world of tensor components, and starts that change initial states and nothing else: a start that changes a mass would make another world in every row.",
  ),
};
