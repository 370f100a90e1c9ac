/** Loads the graph that a verb is about to use: warnings are said, errors end the command. */
import type { TypedGraph } from "../graph/typed.js";
import { LimbeckError, type Problem } from "../problem/problem.js";
import type { Loaded } from "../project/load.js";
import { type LoadWords, loadOptions } from "./options.js";
import type { Context } from "./verb.js";

/**
 * @param beside tells the warnings that do not matter to the verb
 * @throws LimbeckError with every error in the file
 */
export async function loadForUse(
  context: Context,
  file: string,
  words: LoadWords,
  beside: (problem: Problem) => boolean = () => false,
): Promise<Loaded & { typed: TypedGraph }> {
  const { loadGraph } = await context.limbeck();
  const loaded = await loadGraph(file, loadOptions(context, words));
  const { typed, problems, sources } = loaded;
  if (typed === undefined) throw new LimbeckError(problems);
  context.output.problems(
    problems.filter((problem) => !beside(problem)),
    sources,
  );
  return { ...loaded, typed };
}
