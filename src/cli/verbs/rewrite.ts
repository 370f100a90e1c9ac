/** `limbeck rewrite FILE`: the graph after its rewrites, and what each of them did or why it would not. */
import { Option } from "commander";
import { writeWhole } from "../../project/write.js";
import { exit } from "../exit.js";
import { loadForUse } from "../load.js";
import { declareNoCode, declareSet, declareWith, type LoadWords } from "../options.js";
import type { Verb } from "../verb.js";

interface Words extends LoadWords {
  readonly output?: string;
  readonly format?: "yaml" | "ts";
  readonly asWritten?: boolean;
}

export const rewrite: Verb<Words> = {
  name: "rewrite",
  summary: "the graph after its rewrites, and each change",
  examples: [
    ["limbeck rewrite arm.graph.yaml", "the file's own rewrites applied"],
    ["limbeck rewrite arm.graph.yaml --with guard.rewrite.yaml --output guarded.graph.yaml", "into a new graph file"],
    ["limbeck rewrite arm.graph.yaml --as-written --output arm.graph.ts", "the same graph in TypeScript"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .option("--output <file>", "write the rewritten graph to a file")
      .option("--as-written", "apply no rewrite and bind no param: the file itself, in the other format say")
      .addOption(
        new Option("--format <format>", "as YAML or TypeScript (default: as --output ends, else yaml)").choices([
          "yaml",
          "ts",
        ]),
      );
    declareWith(command);
    declareSet(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck } = context;
    const loaded = await loadForUse(context, file as string, words);
    const asWritten = words.asWritten === true;
    const graph = asWritten ? loaded.written : loaded.graph;
    const { changes, refusals } = asWritten ? { changes: [], refusals: [] } : loaded;
    const { printGraph, printTypescript } = await limbeck();
    const format = words.format ?? (/\.[cm]?ts$/.test(words.output ?? "") ? "ts" : "yaml");
    const text = (format === "ts" ? printTypescript : printGraph)(graph, { applied: !asWritten });
    if (words.output !== undefined) writeWhole(words.output, text);
    if (output.json)
      output.value({ graph, changes, refusals, ...(words.output === undefined ? {} : { file: words.output }) });
    else {
      if (words.output === undefined) output.data(text);
      for (const { rule, message } of changes) output.say(`${rule}: ${message}`);
      for (const { rule, reason } of refusals) output.say(`${rule} changed nothing: ${reason}`);
      if (!asWritten && changes.length + refusals.length === 0) output.say("The file has no rewrites.");
      if (words.output !== undefined) output.say(`Wrote ${words.output}`);
    }
    return refusals.length > 0 ? exit.doesNotHold : exit.done;
  },
};
