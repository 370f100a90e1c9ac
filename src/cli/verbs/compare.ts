/** `limbeck compare FILE --with NAME…`: teacher and models, open and closed loop, in one table; also under other rewrites. */
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

/** No model's name has such an end. */
const isRewriteFile = (name: string): boolean => /\.(ya?ml|json)$/.test(name);

export const compare: Verb<Words> = {
  name: "compare",
  summary: "teacher and models side by side, open loop and closed loop",
  examples: [
    ["limbeck compare arm.graph.yaml --with reach", "the champion"],
    ["limbeck compare arm.graph.yaml --with reach@1,reach@2", "two versions"],
    ["limbeck compare arm.graph.yaml --with reach,faults.rewrite.yaml", "with a sensor that loses messages"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .requiredOption(
        "--with <names>",
        "models to compare, and rewrite files to lay over the graph; may be repeated",
        names,
      );
    declareEpisodes(command);
    declareSeed(command);
    declareSet(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck } = context;
    const files = words.with.filter(isRewriteFile);
    const models = files.length === words.with.length ? words.with : words.with.filter((name) => !isRewriteFile(name));
    for (const reference of models) parseReference(reference);
    const { set, code } = words;
    const loadWords = {
      with: files,
      ...(set === undefined ? {} : { set }),
      ...(code === undefined ? {} : { code }),
    };
    const loaded = await loadForUse(context, file as string, loadWords);
    const result = await (await limbeck()).compare(loaded, {
      ...jobOptions(context, words),
      ...episodeOptions(words),
      models,
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
