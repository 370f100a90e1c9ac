/** `limbeck check FILE…`: every problem of every file, positioned; those of tensor steps, too, which a run would meet first. */
import { printProblems, toJson } from "../../problem/print.js";
import { LimbeckError, type Problem } from "../../problem/problem.js";
import { exitOf } from "../exit.js";
import { declareNoCode, declareSet, declareWith, type LoadWords, loadOptions } from "../options.js";
import { readText, type Sources } from "../sources.js";
import type { Context, Verb } from "../verb.js";

export const check: Verb<LoadWords> = {
  name: "check",
  summary: "every problem of graph files, with its place and its fix",
  examples: [
    ["limbeck check graphs/*.graph.yaml", "many files at once"],
    ["limbeck check --json arm.graph.yaml", "the problems as data, for an editor"],
  ],
  declare(command) {
    command.argument("<file...>", "graph files");
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [files]) {
    const { output } = context;
    const all: Problem[] = [];
    for (const file of files as string[]) {
      const { problems, sources } = await problemsOf(context, file, words);
      all.push(...problems);
      if (output.json) continue;
      const options = { color: output.colour, readText: readText(sources) };
      if (problems.length > 0) output.data(printProblems(problems, options));
      else output.say(`${file}: no problems`);
    }
    if (output.json) output.value(toJson(all));
    return exitOf(all);
  },
};

/** All problems of one file, also when it does not load at all. */
async function problemsOf(
  context: Context,
  file: string,
  words: LoadWords,
): Promise<{ problems: readonly Problem[]; sources?: Sources }> {
  const { loadGraph } = await context.limbeck();
  try {
    return await loadGraph(file, { ...loadOptions(context, words), trace: true });
  } catch (error) {
    if (error instanceof LimbeckError) return { problems: error.problems };
    throw error;
  }
}
