/** `limbeck simulate FILE --for 60s`: the graph and its world in virtual time. */
import { facts } from "../facts.js";
import { loadForUse } from "../load.js";
import {
  declareNoCode,
  declareSeed,
  declareSet,
  declareWith,
  duration,
  jobOptions,
  type LoadWords,
} from "../options.js";
import type { Verb } from "../verb.js";

interface Words extends LoadWords {
  readonly for: number;
  readonly seed?: number;
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
    command
      .argument("<file>", "a graph file")
      .requiredOption("--for <duration>", "virtual time to run, e.g. 60s or 500ms", duration)
      .option("--ideal", "no jitter, latency or loss on streams");
    declareSeed(command);
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck } = context;
    const loaded = await loadForUse(context, file as string, words);
    const result = await (await limbeck()).simulate(loaded, {
      ...jobOptions(context, words),
      for_ns: words.for,
      ideal: words.ideal ?? false,
    });
    const { digest, events, node_steps, virtual_s, wall_ms, log, recordings } = result;
    if (output.json) {
      output.value({ digest, events, node_steps, virtual_s, wall_ms, log, recordings });
      return undefined;
    }
    const speed = wall_ms > 0 ? ` (${Math.round((virtual_s * 1e3) / wall_ms)} × real time)` : "";
    output.data(
      facts(
        [
          ["simulated", `${virtual_s} s in ${(wall_ms / 1e3).toFixed(2)} s${speed}`],
          ["node steps", node_steps.toLocaleString("en")],
          ["events", events.toLocaleString("en")],
          ["digest", digest],
          ["run log", log],
          ...recordings.map((recording, i) => [i === 0 ? "recordings" : "", recording] as const),
        ],
        output.style,
      ),
    );
    return undefined;
  },
};
