/** `limbeck compare FILE --with NAME…`: teacher and models, open and closed loop, in one table. */
import { parseReference } from "../../models/reference.js";
import { comparisonTable, losers } from "../comparison.js";
import { loadForUse } from "../load.js";
import {
  declareEpisodes,
  declareNoCode,
  declareSeed,
  declareSet,
  type EpisodeWords,
  episodeOptions,
  jobOptions,
  names,
} from "../options.js";
import type { Verb } from "../verb.js";

interface Words extends EpisodeWords {
  readonly with: readonly string[];
  readonly set?: readonly string[];
  readonly code?: boolean;
  readonly seed?: number;
}

export const compare: Verb<Words> = {
  name: "compare",
  summary: "teacher and models side by side, open loop and closed loop",
  examples: [
    ["limbeck compare arm.graph.yaml --with reach", "the champion"],
    ["limbeck compare arm.graph.yaml --with reach@1,reach@2", "two versions"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .requiredOption("--with <models>", "models to compare, separated by commas; may be repeated", names);
    declareEpisodes(command);
    declareSeed(command);
    declareSet(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck } = context;
    for (const reference of words.with) parseReference(reference);
    const { set, code } = words;
    const loadWords = { ...(set === undefined ? {} : { set }), ...(code === undefined ? {} : { code }) };
    const loaded = await loadForUse(context, file as string, loadWords);
    const result = await (await limbeck()).compare(loaded, {
      ...jobOptions(context, words),
      ...episodeOptions(words),
      models: words.with,
    });
    if (output.json) output.value(result);
    else {
      output.data(comparisonTable(result, output.style));
      for (const line of losers(result)) output.data(`${output.style.yellow(line)}\n`);
      output.say("* best of its column, teacher apart.");
    }
    return undefined;
  },
};
