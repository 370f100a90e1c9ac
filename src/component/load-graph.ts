/** Loads a graph in TypeScript: runs its module, and makes of what its builder recorded what a YAML file would say. */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type LoadedGraph, loadAuthored } from "../graphfile/load.js";
import { assemble, type Source } from "../graphfile/typescript/assemble.js";
import { isGraphSource } from "../graphfile/typescript/builder.js";
import type { MessageSchema } from "../message/type.js";
import { fail, LimbeckError, type Place, type Problem } from "../problem/problem.js";
import { failureOf, isOutside, type LoadOptions, loader, realFile } from "./load.js";

/**
 * Whether a file is a graph in TypeScript (or JavaScript), by its ending.
 *
 * @example
 * isGraphModule("arm.graph.ts") // true
 * isGraphModule("arm.graph.yaml") // false
 */
export const isGraphModule = (file: string): boolean => /\.graph\.[cm]?[jt]s$/.test(file);

export interface LoadGraphOptions extends Pick<LoadOptions, "root" | "noCode" | "modules"> {
  /** Message types beside those of the file. */
  readonly types?: { readonly [name: string]: MessageSchema };
  /** Is told the text of each further file that parts of the graph are written in, under the name that problems use. */
  readonly sources?: Map<string, string>;
}

/**
 * The graph that a module exports by default. Problems of the graph come back as data, as with YAML.
 *
 * @param file As the user named it, for places.
 * @param text The file's text, for places.
 * @throws LimbeckError L0150 (does not load), L0151 (no graph), L0157 (async), L0159 (outside of the project, --no-code)
 */
export async function loadGraphModule(file: string, text: string, options: LoadGraphOptions): Promise<LoadedGraph> {
  const { root, noCode, modules = {}, types = {}, sources } = options;
  const whole = { place: { file, line: 1, column: 1, endLine: 1, endColumn: 1 } };
  if (noCode) fail("L0159", { file }, whole);
  const path = realFile(resolve(file), file);
  if (isOutside(path, root)) fail("L0159", { file, root }, whole);
  const known = new Map<string, Source | undefined>([[path, { name: file, text }]]);
  const sourceOf = (site: string): Source | undefined => {
    const at = site.startsWith("file:") ? fileURLToPath(site) : site;
    if (!known.has(at)) known.set(at, isOutside(at, root) ? undefined : readSource(at, path, file));
    const source = known.get(at);
    if (source !== undefined && at !== path) sources?.set(source.name, source.text);
    return source;
  };

  let exported: { readonly default?: unknown };
  try {
    exported = await (await loader(modules)).import(path);
  } catch (error) {
    return refused(error, file, dirname(path), sourceOf, whole.place);
  }
  const source = exported.default;
  if (!isGraphSource(source)) return fail("L0151", { file }, whole);
  return loadAuthored(assemble(source, { name: file, text }, sourceOf), types);
}

/** A helper beside the graph, by a name that is relative as the graph's own is. */
function readSource(at: string, graph: string, file: string): Source | undefined {
  try {
    return { name: join(dirname(file), relative(dirname(graph), at)), text: readFileSync(at, "utf8") };
  } catch {
    return undefined;
  }
}

/** Why the module did not run, at the line of the user's own code where it did not. */
function refused(
  error: unknown,
  file: string,
  folder: string,
  sourceOf: (path: string) => Source | undefined,
  whole: Place,
): never {
  if (error instanceof LimbeckError) {
    const placed = error.problems.map((p): Problem => (p.place === undefined ? { ...p, place: whole } : p));
    throw new LimbeckError(placed, { cause: error });
  }
  const { reason, place } = failureOf(error, folder);
  const source = place && sourceOf(place.path);
  const line = source?.text.split("\n")[place!.line - 1];
  const at =
    line === undefined
      ? whole
      : {
          file: source!.name,
          line: place!.line,
          column: line.length - line.trimStart().length + 1,
          endLine: place!.line,
          endColumn: line.trimEnd().length + 1,
        };
  return fail("L0150", { file, reason }, { place: at }, { cause: error });
}
