/** `limbeck rewrite FILE`: the graph after its rewrites, and what each of them did or why it would not. */
import { exit } from "../exit.js";
import { loadForUse } from "../load.js";
import { declareNoCode, declareSet, declareWith, type LoadWords } from "../options.js";
import type { Verb } from "../verb.js";
import { writeWhole } from "../write.js";

interface Words extends LoadWords {
  readonly output?: string;
}

export const rewrite: Verb<Words> = {
  name: "rewrite",
  summary: "the graph after its rewrites, and each change",
  examples: [
    ["limbeck rewrite arm.graph.yaml", "the file's own rewrites applied"],
    ["limbeck rewrite arm.graph.yaml --with guard.rewrite.yaml --output guarded.graph.yaml", "into a new graph file"],
  ],
  declare(command) {
    command.argument("<file>", "a graph file").option("--output <file>", "write the rewritten graph to a file");
    declareWith(command);
    declareSet(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck } = context;
    const loaded = await loadForUse(context, file as string, words);
    const { graph, changes, refusals } = loaded;
    if (words.output !== undefined) writeWhole(words.output, (await limbeck()).printGraph(graph, { applied: true }));
    if (output.json)
      output.value({ graph, changes, refusals, ...(words.output === undefined ? {} : { file: words.output }) });
    else {
      if (words.output === undefined) output.data((await limbeck()).printGraph(graph, { applied: true }));
      for (const { rule, message } of changes) output.say(`${rule}: ${message}`);
      for (const { rule, reason } of refusals) output.say(`${rule} changed nothing: ${reason}`);
      if (changes.length + refusals.length === 0) output.say("The file has no rewrites.");
      if (words.output !== undefined) output.say(`Wrote ${words.output}`);
    }
    return refusals.length > 0 ? exit.doesNotHold : exit.done;
  },
};
