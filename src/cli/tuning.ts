/** `--finetune` and how: for verbs that fine-tune students through the lowered loop. */
import { type Command, InvalidArgumentError } from "commander";
import type { Tuning } from "../distill/finetune.js";
import type { FineTuning } from "../project/results.js";
import { count, duration } from "./options.js";

const rate = (value: string): number => {
  const n = Number(value);
  if (value.trim() === "" || !Number.isFinite(n) || n <= 0) throw new InvalidArgumentError("It is a number above 0.");
  return n;
};

export const declareTuning = (command: Command): Command =>
  command
    .option("--finetune <epochs>", "then move the students' weights by gradient through the lowered loop", count)
    .option(
      "--finetune-starts <n>",
      "starts that fine-tuning draws, a quarter of them to judge it by (default: 64)",
      count,
    )
    .option("--finetune-for <duration>", "virtual time that fine-tuning follows a start for (default: 2s)", duration)
    .option("--finetune-rate <rate>", "learning rate of fine-tuning (default: 0.003)", rate);

export interface TuningWords {
  readonly finetune?: number;
  readonly finetuneStarts?: number;
  readonly finetuneFor?: number;
  readonly finetuneRate?: number;
}

/** Any of them asks for it. */
export function tuningOptions(words: TuningWords): { readonly finetune?: Tuning } {
  const tuning: Tuning = {
    ...(words.finetune === undefined ? {} : { epochs: words.finetune }),
    ...(words.finetuneStarts === undefined ? {} : { starts: words.finetuneStarts }),
    ...(words.finetuneFor === undefined ? {} : { horizon_ns: words.finetuneFor }),
    ...(words.finetuneRate === undefined ? {} : { rate: words.finetuneRate }),
  };
  return Object.keys(tuning).length === 0 ? {} : { finetune: tuning };
}

/** What fine-tuning did to the loop, and to runs of the graph. */
export function tuningFact({ cost_before, cost_after, starts, epochs, closed_loop, kept }: FineTuning): string {
  const runs = Object.entries(closed_loop.before).flatMap(([metric, of]) =>
    Object.entries(of).map(
      ([start, { mean }]) =>
        `${metric}, ${start}: ${mean.toPrecision(4)} → ${closed_loop.after[metric]![start]!.mean.toPrecision(4)}`,
    ),
  );
  const lowered = `the lowered loop cost ${cost_before.toPrecision(4)} and costs ${cost_after.toPrecision(4)} now (${epochs} epochs over ${starts} starts; judged by those kept apart)`;
  return `${lowered}; in runs of the graph ${runs.join(", ")}${kept ? "" : "; no better than before, and not kept"}`;
}
