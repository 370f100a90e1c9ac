/** `limbeck graph FILE`: the graph's picture. */
import { Option } from "commander";
import type { PictureFormat } from "../../project/project.js";
import { writeWhole } from "../../project/write.js";
import { loadForUse } from "../load.js";
import { declareNoCode, declareSet, declareWith, type LoadWords } from "../options.js";
import type { Verb } from "../verb.js";

const formats: readonly PictureFormat[] = ["svg", "mermaid", "dot", "json"];

interface Words extends LoadWords {
  readonly format?: PictureFormat;
  readonly output?: string;
  readonly json?: boolean;
}

export const graph: Verb<Words> = {
  name: "graph",
  summary: "a graph's picture: SVG, Mermaid, DOT or JSON",
  examples: [
    ["limbeck graph arm.graph.yaml --format svg --output arm.svg", "a picture for a page"],
    ["limbeck graph arm.graph.yaml", "Mermaid text, which GitHub shows as a picture"],
  ],
  declare(command) {
    command
      .argument("<file>", "a graph file")
      .addOption(
        new Option("--format <format>", "what to draw as (default mermaid; json with --json)").choices(formats),
      )
      .option("--output <file>", "write to a file");
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [file]) {
    const { output, limbeck } = context;
    const loaded = await loadForUse(context, file as string, words);
    const format = words.format ?? (output.json ? "json" : "mermaid");
    const text = await (await limbeck()).picture(loaded, format);
    if (words.output === undefined) output.data(text.endsWith("\n") ? text : `${text}\n`);
    else {
      writeWhole(words.output, text);
      if (output.json) output.value({ file: words.output, format });
      else output.say(`Wrote ${words.output}`);
    }
    return undefined;
  },
};
