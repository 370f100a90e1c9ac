/** Loads the graph that a verb is about to use: warnings are mentioned (`check` shows them), errors end the command. */
import type { TypedGraph } from "../graph/typed.js";
import { LimbeckError, type Problem } from "../problem/problem.js";
import type { Loaded } from "../project/load.js";
import { type LoadWords, loadOptions } from "./options.js";
import type { Context } from "./verb.js";

/** Warnings that are mentioned one by one. */
const MAX_MENTIONED = 3;

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
  const { typed, problems } = loaded;
  if (typed === undefined) throw new LimbeckError(problems);
  mention(
    context,
    file,
    problems.filter((problem) => !beside(problem)),
  );
  return { ...loaded, typed };
}

function mention({ output }: Context, file: string, problems: readonly Problem[]): void {
  // the last one is shown rather than counted
  const shown = problems.length === MAX_MENTIONED + 1 ? problems : problems.slice(0, MAX_MENTIONED);
  output.briefly(shown);
  const more = problems.length - shown.length;
  if (more > 0) output.say(`… and ${more} more (limbeck check ${file})`);
}
