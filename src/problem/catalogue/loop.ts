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
  L0931: error<{
    name: string;
    others: readonly string[];
    changed: readonly { readonly command: string; readonly files: readonly string[] }[];
  }>(
    2,
    "nothing to resume",
    (a) => ({
      message: `no training of \`${a.name}\` with these options was interrupted here`,
      help: [
        ...(a.others.length === 0
          ? []
          : [`Interrupted were: ${a.others.map((command) => `\`${command}\``).join(", ")}.`]),
        ...a.changed.map(
          ({ command, files }) =>
            `\`${command}\` was interrupted and cannot go on: ${files.join(", ")} ${files.length === 1 ? "has" : "have"} changed since.`,
        ),
        "Leave `--resume` out to begin anew.",
      ].join(" "),
    }),
    "A training that is resumed gives the bytes of one that was never interrupted. So the command has to be the same one, `--resume` apart: the graph, its parameters and rewrites, what is distilled, the students, the seed, the episodes. When the graph's file or a component's has changed since, nothing can go on: the command means another job by now. What an interrupted job has done lies in `.limbeck/unfinished/` until it is done, and may be deleted at any time.",
  ),
  L0932: warning<{ teacher: string; kept: number; planned: number }>(
    "episodes that are the same",
    ({ teacher, kept, planned }) => ({
      message: `at \`${teacher}\`, ${kept === 1 ? "all episodes are the same" : `of ${planned} episodes only ${kept} differ`}, so that ${kept === 1 ? "one was" : `${kept} were`} recorded`,
      help: "Let `evaluate: starts: training` draw something that reaches it: `{uniform: [low, high]}`; or record longer: `--for`.",
    }),
    "Episodes differ by what their start draws and by the noise of the world. Where neither reaches what is distilled, an episode is the same to the bit as one before, and the same rows would stand in training, validation and test. It is left out. Of a single one, the rows are split in time.",
  ),
  L0940: error<{ reason: string; help?: string }>(
    1,
    "nothing to fine-tune, or nothing to tune it by",
    (a) => ({
      message: `the student cannot be fine-tuned in the loop: ${a.reason}`,
      help:
        a.help ??
        "Fine-tune an `mlp` in a graph with `evaluate: starts:` that set where the world begins, and metrics to be made small.",
    }),
    "Fine-tuning follows the gradient of the graph's metrics through the lowered graph and the lowered world, from the states that `evaluate: starts: training` draws. It takes a student with weights, and what lies between its outputs and the metrics, and back to its inputs, as tensor components; starts may set initial states there and nothing else: a start that changes a mass would make another world in every row.\n\nWhat depends on nothing that the student does (way-points, references, random walks, data files) may be anything: it is run once a start, and the loop is told what it said. So is the noise of `fault/noise`, `fault/drop-out`, `fault/drift` and of the library's sensors.",
  ),
  L0941: error<{ port: string; start: number; time_s: number; loop: number; run: number }>(
    1,
    "the lowered loop does not follow the graph",
    (a) => ({
      message: `the lowered loop is not the graph: at ${Number(a.time_s.toPrecision(6))} s of start ${a.start}, \`${a.port}\` is ${a.loop} there, and ${a.run} in the run`,
      help: "Follow the starts for a shorter time (`--finetune-for`), or leave fine-tuning out. If the components in the loop are the library's, please report it.",
    }),
    "Before fine-tuning, the loop that the gradient goes through is held against runs of the graph from the same starts, under the same noise: it must say the same to 1e-5 of the port's size, or as closely as float32 lets a loop that amplifies every difference. A loop that does not would have the gradient of something else.\n\nIt may differ where a component's tensor form says something else than the component in simulation, and where two messages that come between two ticks matter both.",
  ),
  L0942: error<{ bytes: number; most: number; port: string; starts: number; ticks: number }>(
    1,
    "too much to tell a loop",
    (a) => ({
      message: `fine-tuning would be told ${Math.ceil(a.bytes / 2 ** 20)} MiB of what comes from outside of the loop, most of it by \`${a.port}\`: ${a.starts} starts of ${a.ticks} ticks; ${a.most / 2 ** 20} MiB is the most`,
      help: "Take fewer starts (`--finetune-starts`), or follow them for a shorter time (`--finetune-for`).",
    }),
    "What depends on nothing in the loop is run once a start and kept tick by tick while the loop is tuned, and so is the noise. Images take much.",
  ),
  L0943: warning<{ students: readonly string[] }>(
    "students that were not fine-tuned",
    ({ students }) => ({
      message: `not fine-tuned, since no gradient moves them: ${students.map((name) => `\`${name}\``).join(", ")}`,
      help: "An `mlp`, a `gru`, a `ridge` and their like can be tuned; trees cannot.",
    }),
    "Fine-tuning moves weights along a gradient. A forest, or boosted trees, is a table of thresholds and leaves, piecewise constant, whose gradient is zero wherever it is anything. It stays as it was learned, and what is tuned around it takes it as it is.",
  ),
};
