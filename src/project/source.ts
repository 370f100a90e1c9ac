/** A graph file and every graph file that it uses, read and parsed once: the only place that knows their endings. */
import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isFile } from "../component/load.js";
import { isGraphModule, loadGraphModule } from "../component/load-graph.js";
import type { Graph, GraphNode } from "../graph/ir.js";
import { type LoadedGraph, parseGraphFile } from "../graphfile/load.js";
import { readGraphFile } from "../graphfile/read.js";
import type { Json } from "../message/type.js";
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import { rules } from "../rewrite/rules/index.js";
import { userModules } from "./modules.js";
import { projectTypes, type Types } from "./types.js";

/** Graph files inside graph files, counted from the first. */
export const MAX_NESTING = 16;

/** Whether `component:` names a graph file. */
export const isGraphFile = (name: string): boolean =>
  isFile(name) && (/\.(ya?ml|json)$/.test(name) || isGraphModule(name));

/** What reading graph files needs to know, and fills. */
export interface Reading {
  /** Folder of the first file: names of component files become relative to it. */
  readonly folder: string;
  /** Graph files outside of this folder are not read. */
  readonly root: string;
  readonly noCode: boolean;
  /** Gets the texts that were read, for code frames. */
  readonly sources: Map<string, string>;
}

/** A graph file in its folder. */
export interface Source extends LoadedGraph {
  /** As problems show it. */
  readonly file: string;
  readonly types: Types;
  /** Those that count: a sub-graph's world does not. */
  readonly nodes: readonly GraphNode[];
  /** The graph files that its nodes name, or why one cannot be used. */
  readonly parts: ReadonlyMap<string, Source | readonly Problem[]>;
  /** Streams and nodes once every graph file in it is written out. */
  readonly size: number;
  /** Levels of files, this one counted. */
  readonly height: number;
}

/**
 * Reads one graph file, of whatever kind its ending says.
 *
 * @throws LimbeckError when the file cannot be read
 */
export async function loadSource(file: string, types: Types, reading: Reading): Promise<LoadedGraph> {
  const { root, noCode, sources } = reading;
  const text = readGraphFile(file);
  sources.set(file, text);
  if (isGraphModule(file)) return loadGraphModule(file, text, { root, noCode, modules: userModules, types, sources });
  return parseGraphFile(text, file, types);
}

/**
 * Reads a graph file and all that it uses, each file once.
 *
 * @throws LimbeckError when the first file cannot be read; the others' problems stand with the node that names them
 */
export function readGraph(file: string, reading: Reading): Promise<Source> {
  const known = new Map<string, Source>();
  const types = new Map<string, Types>();
  const typesOf = (folder: string): Types => {
    if (!types.has(folder)) types.set(folder, projectTypes([...new Set([folder, reading.root])], reading.sources));
    return types.get(folder)!;
  };

  const read = async (shown: string, chain: readonly string[]): Promise<Source> => {
    const folder = resolve(dirname(shown));
    const types = typesOf(folder);
    const loaded = await loadSource(shown, types, reading);
    const parts = new Map<string, Source | readonly Problem[]>();
    const graph = loaded.graph && rebased(loaded.graph, folder, reading.folder);
    const nodes = nodesOf(graph, chain.length > 1);
    for (const { component } of nodes)
      if (isGraphFile(component) && !parts.has(component)) parts.set(component, await part(component, shown, chain));
    const used = [...parts.values()].filter(isSource);
    return {
      ...loaded,
      ...(graph === undefined ? {} : { graph }),
      file: shown,
      types,
      parts,
      nodes,
      size: sizeOf(graph, nodes, parts),
      height: 1 + Math.max(0, ...used.map(({ height }) => height)),
    };
  };

  const part = async (name: string, user: string, chain: readonly string[]): Promise<Source | readonly Problem[]> => {
    const shown = isAbsolute(name)
      ? name
      : join(dirname(user), relative(resolve(dirname(user)), resolve(reading.folder, name)));
    try {
      const real = realOf(shown);
      const inside = relative(realpathSync(reading.root), real ?? resolve(shown));
      if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside))
        return [problem("L0408", { file: name, root: reading.root })];
      const files = [...chain, real ?? shown];
      const chainOf = files.map((at) => relative(reading.folder, at) || at);
      if (real !== undefined && chain.includes(real))
        return [problem("L0141", { chain: chainOf.slice(chain.indexOf(real)) })];
      const tooDeep = (): Problem[] => [problem("L0142", { limit: MAX_NESTING, chain: chainOf })];
      if (files.length > MAX_NESTING) return tooDeep();
      const before = real === undefined ? undefined : known.get(real);
      if (before !== undefined) return chain.length + before.height > MAX_NESTING ? tooDeep() : before;
      const source = await read(shown, files);
      if (real !== undefined) known.set(real, source);
      return source;
    } catch (error) {
      if (error instanceof LimbeckError) return error.problems;
      throw error;
    }
  };

  return read(file, [realOf(file) ?? file]);
}

export const isSource = (part: Source | readonly Problem[] | undefined): part is Source =>
  part !== undefined && !Array.isArray(part);

function realOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

const nodesOf = (graph: Graph | undefined, isPart: boolean): GraphNode[] =>
  graph === undefined ? [] : [...(isPart ? [] : Object.values(graph.world)), ...Object.values(graph.nodes)];

function sizeOf(graph: Graph | undefined, nodes: readonly GraphNode[], parts: Source["parts"]): number {
  if (graph === undefined) return 0;
  let size = Object.keys(graph.streams.in).length + Object.keys(graph.streams.out).length;
  for (const { component } of nodes) {
    const part = parts.get(component);
    // the node itself counts too, so that files without nodes come to an end
    size += 1 + (isSource(part) ? part.size : 0);
  }
  return size;
}

/** Names of files, which are relative to the graph file that says them, relative to another folder. */
function rebased(graph: Graph, folder: string, onto: string): Graph {
  if (folder === onto) return graph;
  const name = (component: string): string => {
    if (!isFile(component) || isAbsolute(component)) return component;
    const path = relative(onto, resolve(folder, component)).split(sep).join("/");
    return path.startsWith(".") ? path : `./${path}`;
  };
  const nodes = (parts: Graph["nodes"]): Graph["nodes"] =>
    Object.fromEntries(Object.entries(parts).map(([id, node]) => [id, { ...node, component: name(node.component) }]));
  return {
    ...graph,
    world: nodes(graph.world),
    nodes: nodes(graph.nodes),
    rewrites: graph.rewrites.map(({ rule, options }) => {
      const files = new Set(
        rules
          .find((r) => r.name === rule)
          ?.inserts?.(options)
          ?.filter(isFile) ?? [],
      );
      const deep = (value: Json): Json => {
        if (typeof value === "string") return files.has(value) ? name(value) : value;
        if (Array.isArray(value)) return value.map(deep);
        if (value === null || typeof value !== "object") return value;
        return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, deep(v as Json)]));
      };
      return { rule, options: deep(options) as { [name: string]: Json } };
    }),
  };
}

/** Every component that the graph names and those that its rewrites would insert, in all its files. */
export function componentNames(source: Source): string[] {
  const names = new Set<string>();
  const seen = new Set<Source>();
  const walk = (at: Source) => {
    if (seen.has(at)) return;
    seen.add(at);
    for (const { component } of at.nodes) if (!at.parts.has(component)) names.add(component);
    for (const { rule, options } of at.graph?.rewrites ?? [])
      for (const name of rules.find((r) => r.name === rule)?.inserts?.(options) ?? []) names.add(name);
    for (const part of at.parts.values()) if (isSource(part)) walk(part);
  };
  walk(source);
  return [...names];
}
