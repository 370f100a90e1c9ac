/**
 * Message types of a project: `schemas/messages/NAME.yaml` or `.json`, each in the form of a graph file's `messages:`.
 *
 * They may name each other and the built-in ones; a type in the graph file itself goes before one of the same name here.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../graphfile/parse.js";
import { readGraphFile } from "../graphfile/read.js";
import { locate, type Spot, sourceMap } from "../graphfile/sourcemap.js";
import { builtinTypes } from "../message/builtin.js";
import { messageSchemas, namedIn } from "../message/normalise.js";
import type { Json, MessageSchema } from "../message/type.js";
import { LimbeckError } from "../problem/problem.js";
import { shownPath } from "./files.js";

export type Types = { readonly [name: string]: MessageSchema };

const FOLDER = join("schemas", "messages");
const ENDING = /\.(ya?ml|json)$/;

/**
 * The types in these folders, the first that has a name wins, over the built-in ones.
 *
 * @param sources gets the texts that were read, for code frames.
 * @throws LimbeckError with places, for a file that is no message type
 */
export function projectTypes(folders: readonly string[], sources: Map<string, string>): Types {
  const raw: { [name: string]: Json } = {};
  const spots = new Map<string, Spot>();
  for (const folder of folders)
    for (const file of filesIn(join(folder, FOLDER))) {
      const name = file.replace(ENDING, "");
      if (Object.hasOwn(raw, name)) continue;
      const path = shownPath(join(folder, FOLDER, file));
      const text = readGraphFile(path, "a message type");
      sources.set(path, text);
      const { value, spot, problems } = parseYaml(text, path);
      if (problems.length > 0) throw new LimbeckError(problems);
      raw[name] = value ?? null;
      spots.set(name, spot);
    }
  const [first] = spots.values();
  if (first === undefined) return builtinTypes;
  try {
    return { ...builtinTypes, ...messageSchemas(raw, namedIn(builtinTypes)) };
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    throw new LimbeckError(locate(error.problems, sourceMap({ place: first.place, children: spots })), {
      cause: error,
    });
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => ENDING.test(file))
      .sort();
  } catch {
    return [];
  }
}
