/** `limbeck replay FILE LOG`: the graph on the in-stream messages of a run log, in the place of its world. */
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
  readonly trace?: string;
}

export const replay: Verb<Words> = {
  name: "replay",
  summary: "run a graph on a run log, in the place of its world",
  examples: [
    [
      "limbeck replay arm.graph.yaml .limbeck/logs/arm-reach-0001.mcap",
      "the same digest as the run that wrote the log",
    ],
    ["limbeck replay arm.graph.yaml LOG --with learned.rewrite.yaml", "what another controller would have said"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .argument("<log>", "a run log, from .limbeck/logs/")
      .option("--for <duration>", "virtual time (default: that of the logged run)", duration);
    declareTrace(command);
    declareSeed(command);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file, log]) {
    const loaded = await loadForUse(context, file as string, words);
    const result = await (await context.limbeck()).replay(loaded, log as string, {
      ...jobOptions(context, words),
      ...(words.for === undefined ? {} : { for_ns: words.for }),
      ...(words.trace === undefined ? {} : { trace: words.trace }),
    });
    return tellRun(context, loaded, result, "replayed");
  },
};
