/** `limbeck simulate FILE --for 60s`: the graph and its world in virtual time. */
import { loadForUse } from "../load.js";
import {
  declareNoCode,
  declareSeed,
  declareSet,
  declareTrace,
  declareWith,
  duration,
  jobOptions,
  type LoadWords,
} from "../options.js";
import { tellRun } from "../run-facts.js";
import type { Verb } from "../verb.js";

interface Words extends LoadWords {
  readonly for?: number;
  readonly seed?: number;
  readonly ideal?: boolean;
  readonly trace?: string;
}

export const simulate: Verb<Words> = {
  name: "simulate",
  summary: "run a graph with its world, in virtual time",
  examples: [
    ["limbeck simulate arm.graph.yaml --for 60s", "a minute of the robot's time"],
    ["limbeck simulate arm.graph.yaml --for 10s --set kp=40 --seed 3", "other gains, other noise"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .option("--for <duration>", "virtual time, e.g. 60s (default: to the end of the data, or 10s)", duration)
      .option("--ideal", "no jitter, latency or loss on streams");
    declareTrace(command);
    declareSeed(command);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { limbeck } = context;
    const loaded = await loadForUse(context, file as string, words);
    const result = await (await limbeck()).simulate(loaded, {
      ...jobOptions(context, words),
      ...(words.for === undefined ? {} : { for_ns: words.for }),
      ...(words.trace === undefined ? {} : { trace: words.trace }),
      ideal: words.ideal ?? false,
    });
    return tellRun(context, loaded, result, "simulated");
  },
};
