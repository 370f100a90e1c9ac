/** `limbeck simulate FILE --for 60s`: the graph and its world in virtual time. */
import type { RecorderSummary } from "../../record/recorder.js";
import { exit, exitOf, INTERRUPTED } from "../exit.js";
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
  readonly for?: number;
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
      .option("--for <duration>", "virtual time, e.g. 60s (default: to the end of the data, or 10s)", duration)
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
      ...(words.for === undefined ? {} : { for_ns: words.for }),
      ideal: words.ideal ?? false,
    });
    const { digest, events, node_steps, virtual_s, wall_ms, log, recordings } = result;
    output.problems(result.problems, loaded.sources);
    if (result.interrupted) output.say(INTERRUPTED);
    const code = result.interrupted ? exit.interrupted : exitOf(result.problems);
    if (output.json) {
      output.value({ digest, events, node_steps, virtual_s, wall_ms, log, recordings });
      return code;
    }
    const speed = wall_ms > 0 ? ` (${speedOf((virtual_s * 1e3) / wall_ms)} × real time)` : "";
    output.data(
      facts(
        [
          ["simulated", `${virtual_s} s in ${(wall_ms / 1e3).toFixed(2)} s${speed}`],
          ["node steps", node_steps.toLocaleString("en")],
          ["events", events.toLocaleString("en")],
          ["digest", digest],
          ["run log", log],
          ...result.kept.map(
            (summary, i) => [i === 0 ? "recordings" : "", `${summary.file} (${keptOf(summary)})`] as const,
          ),
        ],
        output.style,
      ),
    );
    return code;
  },
};

/** What a recorder kept, and what is missing, by cause. */
function keptOf({ rows, messages, incomplete, dropped }: RecorderSummary): string {
  const missing = Object.entries(incomplete).map(([cause, n]) => `${n.toLocaleString("en")} incomplete (${cause})`);
  return [
    rows > 0 ? `${rows.toLocaleString("en")} rows` : `${messages.toLocaleString("en")} messages`,
    ...missing,
    ...(dropped > 0 ? [`${dropped.toLocaleString("en")} dropped`] : []),
  ].join("; ");
}

const speedOf = (ratio: number): string => (ratio >= 10 ? String(Math.round(ratio)) : ratio.toPrecision(2));
