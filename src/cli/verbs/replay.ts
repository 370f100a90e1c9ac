/** `limbeck replay FILE LOG`: the graph on the in-stream messages of a run log, in the place of its world. */
import { loadForUse } from "../load.js";
import { declareRun, type RunWords, runOptions } from "../options.js";
import { tellRun } from "../run-facts.js";
import type { Verb } from "../verb.js";

export const replay: Verb<RunWords> = {
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
    command.argument("<file>", "a graph file").argument("<log>", "a run log, from .limbeck/logs/");
    declareRun(command, "that of the logged run");
  },
  async run(context, words, [file, log]) {
    const loaded = await loadForUse(context, file as string, words);
    const { replay } = await context.limbeck();
    const result = await replay(loaded, log as string, runOptions(context, words));
    return tellRun(context, loaded, result, "replayed");
  },
};
