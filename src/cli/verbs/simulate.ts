/** `limbeck simulate FILE --for 60s`: the graph and its world in virtual time. */
import { loadForUse } from "../load.js";
import { declareRun, type RunWords, runOptions } from "../options.js";
import { tellRun } from "../run-facts.js";
import type { Verb } from "../verb.js";

interface Words extends RunWords {
  readonly ideal?: boolean;
}

export const simulate: Verb<Words> = {
  name: "simulate",
  summary: "run a graph with its world, in virtual time",
  examples: [
    ["limbeck simulate arm.graph.yaml --for 60s", "a minute of the robot's time"],
    ["limbeck simulate arm.graph.yaml --for 10s --set kp=40 --seed 3", "other gains, other noise"],
  ],
  declare(command) {
    command.argument("<file>", "a graph file").option("--ideal", "no jitter, latency or loss on streams");
    declareRun(command, "to the end of the data, or 10s");
  },
  async run(context, words, [file]) {
    const { limbeck } = context;
    const loaded = await loadForUse(context, file as string, words);
    const result = await (await limbeck()).simulate(loaded, {
      ...runOptions(context, words),
      ideal: words.ideal ?? false,
    });
    return tellRun(context, loaded, result, "simulated");
  },
};
