/** `limbeck simulate FILE --for 60s`: the graph and its world in virtual time. */
import { Option } from "commander";
import { loadForUse } from "../load.js";
import { declareRun, type RunWords, runOptions, seed } from "../options.js";
import { tellRun } from "../run-facts.js";
import type { Verb } from "../verb.js";

interface Words extends RunWords {
  readonly ideal?: boolean;
  readonly permuteSeed?: number;
  readonly saveState?: string;
  readonly fromState?: string;
}

export const simulate: Verb<Words> = {
  name: "simulate",
  summary: "run a graph with its world, in virtual time",
  examples: [
    ["limbeck simulate arm.graph.yaml --for 60s", "a minute of the robot's time"],
    ["limbeck simulate arm.graph.yaml --for 10s --set kp=40 --seed 3", "other gains, other noise"],
    ["limbeck simulate arm.graph.yaml --for 4s --save-state arm.state", "the first 4 s, to go on from"],
    ["limbeck simulate arm.graph.yaml --for 10s --from-state arm.state", "the other 6 s, as in one run of 10 s"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .option("--ideal", "no jitter, latency or loss on streams, and no latency of nodes");
    // how `verify --permute` runs its orders, and how one of them is run again
    command.addOption(new Option("--permute-seed <n>").argParser(seed).hideHelp());
    command
      .option("--save-state <file>", "write the state at the end, to go on from")
      .option("--from-state <file>", "go on from a saved state; --for still counts from the start of the first run");
    declareRun(command, "to the end of the data, or 10s");
  },
  async run(context, words, [file]) {
    const { limbeck } = context;
    const loaded = await loadForUse(context, file as string, words);
    const result = await (await limbeck()).simulate(loaded, {
      ...runOptions(context, words),
      ideal: words.ideal ?? false,
      ...(words.saveState === undefined ? {} : { saveState: words.saveState }),
      ...(words.fromState === undefined ? {} : { fromState: words.fromState }),
      ...(words.permuteSeed === undefined ? {} : { permute: words.permuteSeed }),
    });
    return tellRun(context, loaded, result, "simulated");
  },
};
