/** Loads the graph that a verb is about to use: warnings are said, errors end the command. */
import { LimbeckError } from "../problem/problem.js";
import type { Loaded } from "./api.js";
import { type LoadWords, loadOptions } from "./options.js";
import type { Context } from "./verb.js";

/** @throws LimbeckError with every error in the file */
export async function loadForUse(context: Context, file: string, words: LoadWords): Promise<Loaded> {
  const { loadGraph } = await context.limbeck();
  const loaded = await loadGraph(file, loadOptions(words));
  const errors = loaded.problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new LimbeckError(loaded.problems);
  context.output.problems(loaded.problems, loaded.sources);
  return loaded;
}
