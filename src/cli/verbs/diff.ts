/** `limbeck diff A B`: two recordings, or two graph files: what differs in their text, and then in what they say. */
import { join } from "node:path";
import { Option } from "commander";
import type { Difference } from "../../graph/difference.js";
import type { Divergence } from "../../project/trace.js";
import { divergenceLines } from "../divergence.js";
import { exit } from "../exit.js";
import { loadForUse } from "../load.js";
import { declareNoCode, declareSeed, duration, jobOptions, type LoadWords } from "../options.js";
import { withScratch } from "../scratch.js";
import type { Context, Verb } from "../verb.js";

interface Words extends LoadWords {
  readonly for: number;
  readonly seed?: number;
}

export const diff: Verb<Words> = {
  name: "diff",
  summary: "what differs between two graph files or two recordings, and the first message that does",
  examples: [
    ["limbeck diff arm.graph.yaml tuned.graph.yaml", "changed parts; then the first instant at which it matters"],
    ["limbeck diff a.mcap b.mcap", "the first tag and port at which two recordings part"],
  ],
  declare(command) {
    command
      .argument("<a>", "a graph file or a recording")
      .argument("<b>", "another of the same kind")
      .addOption(
        new Option("--for <duration>", "virtual time in which graphs are compared")
          .argParser(duration)
          .default(2e9, "2s"),
      );
    declareSeed(command);
    declareNoCode(command);
  },
  async run(context, words, args) {
    const [a, b] = args as [string, string];
    const recordings = [a, b].every((file) => file.endsWith(".mcap"));
    const { firstDivergence } = await context.limbeck();
    const parts = recordings ? [] : await structure(context, words, [a, b]);
    const divergence = recordings ? await firstDivergence(a, b) : await behaviour(context, words, [a, b]);
    return tell(context, [a, b], parts, divergence);
  },
};

type Pair = readonly [string, string];

async function structure(context: Context, words: Words, [a, b]: Pair): Promise<Difference[]> {
  const { differences } = await context.limbeck();
  const graphs = [await loadForUse(context, a, words), await loadForUse(context, b, words)] as const;
  return differences(graphs[0].authored, graphs[1].authored);
}

/** Both graphs, simulated with one seed, and compared message by message. */
const behaviour = (context: Context, words: Words, files: Pair): Promise<Divergence | undefined> =>
  withScratch(context, async (home) => {
    const { simulate, firstDivergence } = await context.limbeck();
    const traces = [join(home, "a.mcap"), join(home, "b.mcap")] as const;
    for (const i of [0, 1] as const) {
      const loaded = await loadForUse(context, files[i], words, () => true);
      const seed = words.seed ?? 0;
      await simulate(loaded, {
        ...jobOptions(context, words),
        home,
        seed,
        for_ns: words.for,
        ideal: false,
        trace: traces[i],
      });
    }
    context.output.endProgress();
    return firstDivergence(...traces);
  });

function tell({ output }: Context, names: Pair, parts: readonly Difference[], divergence?: Divergence): number {
  const same = parts.length === 0 && divergence === undefined;
  if (output.json) output.value({ same, differences: parts, first_divergence: divergence ?? null });
  else {
    const lines = parts.map(line);
    if (divergence !== undefined) lines.push(...divergenceLines(divergence, names));
    else lines.push(same ? "They are the same." : "They say the same, in every message.");
    output.data(`${lines.join("\n")}\n`);
  }
  return same ? exit.done : exit.doesNotHold;
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

function line({ path, change, from, to }: Difference): string {
  const shown = [from, to].filter((value) => value !== undefined).map((value) => JSON.stringify(value));
  return `${SIGNS[change]} ${path}  ${shown.join(" → ")}`;
}
