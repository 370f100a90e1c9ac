/** Text of a graph file → IR, places and every problem of its form. Pure: `read.ts` touches the disk. */
import type { TSchema } from "typebox";
import type { Graph, RewriteEntry } from "../graph/ir.js";
import type { Json, MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { type Problem, problem } from "../problem/problem.js";
import { expandGraph, expandRewrites } from "./expand.js";
import { parseYaml } from "./parse.js";
import { graphSchema, rewriteFileSchema } from "./schema.js";
import { locate, reshape, type SourceMap, type Spot, sourceMap } from "./sourcemap.js";
import { inWords, validate } from "./validate.js";

export interface LoadedGraph {
  /** Absent when the text is too far from a graph to be checked further. */
  readonly graph?: Graph;
  readonly sourceMap: SourceMap;
  readonly problems: readonly Problem[];
}

export interface LoadedRewrites {
  readonly rewrites: readonly RewriteEntry[];
  /** Its root is the list of rewrites. */
  readonly sourceMap: SourceMap;
  readonly problems: readonly Problem[];
}

/**
 * Parses a graph file.
 *
 * A graph comes back also beside errors that leave the rest of the file's meaning whole (an unknown or misspelt
 * key), so that checks can go on; it runs only when no problem is an error.
 *
 * @param types Message types beside those of the file (`schemas/`).
 * @example
 * const { graph, problems } = parseGraphFile(text, "arm.graph.yaml");
 * graph?.nodes.controller?.component // "control/pd"
 * problems // []
 */
export function parseGraphFile(
  text: string,
  file: string,
  types: { readonly [name: string]: MessageSchema } = {},
): LoadedGraph {
  return expanded(authored(text, file, graphSchema), types);
}

/**
 * The same for a graph that another front than YAML made: what its file would say, and where each part is written.
 *
 * @example
 * const spot = { place: { file: "x.graph.ts", line: 1, column: 1, endLine: 1, endColumn: 1 } };
 * loadAuthored({ value: { limbeck: 1, name: "x" }, spot, problems: [] }).graph?.seed // 0
 */
export function loadAuthored(
  { value, spot, problems }: Authored & { readonly value: Json },
  types: { readonly [name: string]: MessageSchema } = {},
): LoadedGraph {
  const validated = validate(graphSchema, value, spot);
  return expanded({ ...validated, problems: [...problems, ...validated.problems] }, types);
}

function expanded({ value, spot, problems }: Authored, types: { readonly [name: string]: MessageSchema }): LoadedGraph {
  if (value === undefined) return { sourceMap: sourceMap(spot), problems: locate(problems, sourceMap(spot)) };
  const written = expandGraph(value as { [key: string]: Json }, spot, types);
  const map = sourceMap(written.spot);
  return {
    ...(written.graph === undefined ? {} : { graph: written.graph }),
    sourceMap: map,
    problems: locate([...problems, ...written.problems], map),
  };
}

/**
 * Parses a file of rewrites for `--with`: a list of rewrites, or `{limbeck: 1, rewrites: [...]}`.
 *
 * @example
 * const laid = parseRewriteFile("- substitute: {nodes: [controller], with: model:reach@1}", "reach.rewrite.yaml");
 * laid.rewrites // [{ rule: "substitute", options: { nodes: ["controller"], with: "model:reach@1" } }]
 */
export function parseRewriteFile(text: string, file: string): LoadedRewrites {
  const { value, spot, problems } = authored(text, file, rewriteFileSchema);
  if (value === undefined) return { rewrites: [], sourceMap: sourceMap(spot), problems };
  const [rewrites, at] = expandRewrites(
    (value as { rewrites: readonly Json[] }).rewrites,
    spot.children!.get("rewrites")!,
  );
  return { rewrites, sourceMap: sourceMap(at), problems };
}

/**
 * A graph with a rewrite file laid over it: its rewrites follow the graph's own, and keep their places.
 *
 * @example
 * const laid = parseRewriteFile("- substitute: {nodes: [ik], with: model:reach@1}", "reach.rewrite.yaml");
 * const { graph } = withRewrites(parseGraphFile(text, "arm.graph.yaml"), laid);
 * graph?.rewrites.map(({ rule }) => rule) // ["record", "substitute"]
 */
export function withRewrites(loaded: LoadedGraph, laid: LoadedRewrites): LoadedGraph {
  if (loaded.graph === undefined) return { ...loaded, problems: [...loaded.problems, ...laid.problems] };
  const { root } = loaded.sourceMap;
  const count = loaded.graph.rewrites.length;
  const own = root.children?.get("rewrites");
  const entries = new Map(own?.children);
  for (const [i, spot] of laid.sourceMap.root.children ?? []) entries.set(String(count + Number(i)), spot);
  const rewrites = reshape(own ?? laid.sourceMap.root, entries);
  return {
    graph: { ...loaded.graph, rewrites: [...loaded.graph.rewrites, ...laid.rewrites] },
    sourceMap: sourceMap(reshape(root, new Map(root.children).set("rewrites", rewrites))),
    problems: [...loaded.problems, ...laid.problems],
  };
}

interface Authored {
  readonly value?: Json;
  readonly spot: Spot;
  readonly problems: readonly Problem[];
}

/** YAML, then what every file must say (it is a mapping of version 1), then the schema. */
function authored(text: string, file: string, schema: TSchema): Authored {
  const parsed = parseYaml(text, file);
  if (parsed.value === undefined) return parsed;
  const { spot } = parsed;
  const only = (p: Problem): Authored => ({ spot, problems: [...parsed.problems, p] });
  const whole = { path: "", place: spot.place };
  if (parsed.value === null) return only(problem("L0107", {}, whole));
  let { value } = parsed;
  let root = spot;
  if (Array.isArray(value) && schema === rewriteFileSchema) {
    value = { limbeck: 1, rewrites: value };
    root = { place: spot.place, children: new Map([["rewrites", spot]]) };
  }
  if (typeof value !== "object" || Array.isArray(value))
    return only(problem("L0108", { found: inWords(value) }, whole));
  const version = (value as { limbeck?: Json }).limbeck;
  if (version !== undefined && version !== 1) {
    const found =
      typeof version === "string" ? `"${version.slice(0, 40)}" in quotes` : inWords(version).replace("the number ", "");
    return only(problem("L0109", { found }, { path: "/limbeck", place: root.children!.get("limbeck")!.place }));
  }
  // a misspelt `limbeck` is told as a misspelt key
  const unsaid = version === undefined && nearest("limbeck", Object.keys(value)) === undefined;
  const start = { ...spot.place, endLine: spot.place.line, endColumn: spot.place.column + 1 };
  const missing = unsaid ? [problem("L0109", {}, { path: "", place: start })] : [];
  const validated = validate(schema, unsaid ? { limbeck: 1, ...(value as object) } : value, root);
  return { ...validated, problems: [...parsed.problems, ...missing, ...validated.problems] };
}
