/**
 * Writes out the sub-graphs of a graph, files within files:
 *
 *   node ──check──► params ──bind──► inner graph ──flatten──► its own sub-graphs ──rewrite──► its own rewrites ──inline──►
 *
 * Whatever is wrong inside is said where it stands in the inner file, with who uses that file. A node that cannot be
 * written out stays as it is, and what the checks say of it is passed over: why is told here.
 */
import { dirname, relative, resolve } from "node:path";
import type { Components } from "../component/catalogue.js";
import { checkIds, MAX_VERTICES } from "../graph/checks/ids.js";
import { draftOf } from "../graph/draft.js";
import { inlineNodes, movedPath } from "../graph/inline.js";
import type { Graph, GraphNode, Ref } from "../graph/ir.js";
import { type Graft, graft } from "../graphfile/graft.js";
import { bind } from "../graphfile/params.js";
import { locate, type SourceMap, usedBy } from "../graphfile/sourcemap.js";
import type { Json, MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { pathTo } from "../problem/path.js";
import { type Problem, problem } from "../problem/problem.js";
import { type Rewritten, rewrite } from "../rewrite/rewrite.js";
import { rules } from "../rewrite/rules/index.js";
import { isGraphFile, isSource, type Source } from "./source.js";
import { collisions, edge, ofOneNode, placesOf, refsInto, unknownInside, wrongParams } from "./sub-graph-edge.js";

type Values = { readonly [name: string]: Json };
type Part = "world" | "nodes";

export interface Flat {
  readonly graph: Graph;
  readonly map: SourceMap;
  /** With places. */
  readonly problems: readonly Problem[];
  /** Paths of which the checks need say nothing more. */
  readonly told: ReadonlySet<string>;
  /** What the rewrites inside did. */
  readonly applied: Rewritten["applied"];
  /** Ids of the nodes that were graphs. */
  readonly composites: readonly string[];
}

export interface Flattening {
  readonly catalogue: Components;
  /** Puts why a component did not load in the place of what the checks say of it. */
  readonly explained: (graph: Graph, problems: readonly Problem[]) => Problem[];
  /** Values of params inside, by path: `leg/ik.gain`. */
  readonly set: Values;
  /** Of the outermost graph file, which data files are relative to in a run. */
  readonly folder: string;
  /** Where the graph itself is: `robot/` for what is inside of `robot`, empty for the first. */
  readonly prefix: string;
}

/**
 * The graph of a source with every sub-graph written out.
 *
 * @param graph the source's own, params bound
 */
export function flatten(source: Source, graph: Graph, flattening: Flattening): Flat {
  const { sourceMap } = source;
  const nothing: Flat = { graph, map: sourceMap, problems: [], told: new Set(), applied: [], composites: [] };
  if (source.parts.size === 0) return nothing;
  if (source.size > MAX_VERTICES) return tooLarge(source, nothing);

  const found: Problem[] = [];
  const problems: Problem[] = [];
  const told = new Set<string>();
  const applied: Rewritten["applied"][number][] = [];
  const composites: string[] = [];
  const grafts: Graft[] = [];
  const subs = new Map<string, Graph>();
  const read = new Map<string, Graph>();
  const taken = placesOf(graph);
  for (const [part, id, node] of partsOf(graph)) {
    if (!isGraphFile(node.component)) continue;
    const path = pathTo("", part, id);
    const made = compose(source, id, node, path, flattening);
    found.push(...made.found);
    problems.push(...made.problems);
    if (made.graph !== undefined) read.set(id, made.graph);
    const twice = made.flat === undefined ? [] : collisions(taken, id, made.flat.graph);
    found.push(...twice);
    if (made.flat === undefined || twice.length > 0) {
      told.add(`${path}/component`);
      for (const at of startsInside(graph, id)) told.add(at);
      continue;
    }
    const { flat } = made;
    for (const inner of flat.told) told.add(movedPath(inner, path));
    for (const { changes, ...rest } of flat.applied) {
      const moved = changes.map((change) => ({ ...change, path: movedPath(change.path, path) }));
      applied.push({ ...rest, path: movedPath(rest.path, path), changes: moved });
    }
    composites.push(id, ...flat.composites.map((inner) => `${id}/${inner}`));
    subs.set(id, flat.graph);
    grafts.push({ part, id, graph: flat.graph, map: flat.map, file: made.file });
  }
  for (const p of refsInto(graph, read)) {
    found.push(p);
    told.add(p.path!);
  }
  return {
    graph: inlineNodes(graph, subs),
    map: graft(sourceMap, grafts),
    problems: [...locate(found, sourceMap), ...problems],
    told,
    applied,
    composites,
  };
}

const partsOf = ({ world, nodes }: Graph): [Part, string, GraphNode][] => [
  ...Object.entries(world).map(([id, node]): [Part, string, GraphNode] => ["world", id, node]),
  ...Object.entries(nodes).map(([id, node]): [Part, string, GraphNode] => ["nodes", id, node]),
];

function tooLarge(source: Source, nothing: Flat): Flat {
  const used = partsOf(nothing.graph).filter(([, , { component }]) => isGraphFile(component));
  const size = ({ component }: GraphNode) => {
    const part = source.parts.get(component);
    return isSource(part) ? part.size : 0;
  };
  const [part, id] = used.reduce((most, one) => (size(one[2]) > size(most[2]) ? one : most));
  const args = { count: source.size, limit: MAX_VERTICES };
  const found = [problem("L0143", args, { path: pathTo("", part, id, "component") })];
  const told = new Set(used.map(([part, id]) => pathTo("", part, id, "component")));
  return { ...nothing, problems: locate(found, source.sourceMap), told };
}

interface Composed {
  /** About the node, in its own file: without places. */
  readonly found: readonly Problem[];
  /** About what is inside: with places. */
  readonly problems: readonly Problem[];
  /** What takes the node's place; absent when nothing can. */
  readonly flat?: Flat;
  /** As its file has it; absent when that cannot be read. */
  readonly graph?: Graph;
  readonly file: string;
}

/** What takes the place of one node, or why nothing can. */
function compose(source: Source, id: string, node: GraphNode, path: string, flattening: Flattening): Composed {
  const part = source.parts.get(node.component)!;
  const at = source.sourceMap.find(`${path}/component`)!.place;
  if (!isSource(part)) {
    const found = part.map((p) => (p.place === undefined ? { ...p, path: `${path}/component` } : used(p, id, at)));
    return { found, problems: [], file: node.component };
  }
  const { file, graph } = part;
  const problems = part.problems.map((p) => used(p, id, at));
  if (graph === undefined) return { found: [], problems, file };
  const say = (met: readonly Problem[], map: SourceMap) => {
    for (const p of locate(met, map)) problems.push(used(p, id, at));
  };
  const within = inside(flattening.set, id);
  const unset = [...wrongParams(graph, node, path), ...unknownInside(graph, within, `${flattening.prefix}${id}/`)];
  const found = [...ofOneNode(id, node, file, path), ...unset, ...edge(id, node, closed(graph, part).graph, path)];
  const made: Composed = { found, problems, graph, file };
  if (unset.length > 0) return made;
  const bound = bind(graph, { set: { ...node.params, ...outermost(within, part) } });
  const { graph: inner, problems: untyped } = closed(withFiles(bound.graph, node, part, flattening), part);
  const draft = draftOf(inner, flattening.catalogue);
  checkIds(draft);
  say([...bound.problems, ...untyped, ...draft.problems], part.sourceMap);
  if (problems.some(isError)) return made;

  const flat = flatten(part, inner, { ...flattening, set: within, prefix: `${flattening.prefix}${id}/` });
  for (const p of flat.problems) problems.push(used(p, id, at));
  if (flat.graph.rewrites.length === 0) return { ...made, flat };
  const whole = rewrittenAlone(flat, part, flattening);
  say(whole.problems, flat.map);
  return whole.flat === undefined ? made : { ...made, flat: whole.flat };
}

const isError = ({ severity }: Problem): boolean => severity === "error";

/** A problem of an inner file, with who uses that file; its path is one of that file, seen from outside. */
function used(p: Problem, id: string, place: NonNullable<Problem["place"]>): Problem {
  const { path: _, ...rest } = p;
  return p.place === undefined || p.place.file === place.file
    ? rest
    : { ...rest, related: [...(p.related ?? []), ...usedBy(p.place, [{ file: p.place.file, node: id, place }])] };
}

/** Values that are set inside of a node: `leg/ik.gain` is `ik.gain` in `leg`. */
const inside = (set: Values, id: string): Values =>
  Object.fromEntries(
    Object.entries(set).flatMap(([name, value]) =>
      name.startsWith(`${id}/`) ? [[name.slice(id.length + 1), value]] : [],
    ),
  );

/** Data files that the inner file itself names (params with `file: true`) are relative to it. */
function withFiles(bound: Graph, { params: given }: GraphNode, part: Source, { catalogue, folder }: Flattening): Graph {
  const own = resolve(dirname(part.file));
  if (own === folder) return bound;
  const nodes = Object.entries(bound.nodes).map(([id, node]) => {
    const written = part.graph!.nodes[id]!.params;
    const isOwn = ([name, value]: [string, Json]): boolean => {
      const schema = catalogue.component(node.component)?.params.properties?.[name] as { file?: boolean } | undefined;
      const from = /^\$(.+)$/.exec(String(written[name]))?.[1];
      return schema?.file === true && typeof value === "string" && (from === undefined || !Object.hasOwn(given, from));
    };
    const moved = Object.entries(node.params)
      .filter(isOwn)
      .map(([name, value]) => [name, relative(folder, resolve(own, value as string))]);
    return [id, moved.length === 0 ? node : { ...node, params: { ...node.params, ...Object.fromEntries(moved) } }];
  });
  return { ...bound, nodes: Object.fromEntries(nodes) };
}

/** Where `evaluate` sets params of what is inside of a node. */
const startsInside = ({ evaluate }: Graph, id: string): string[] =>
  Object.entries(evaluate?.starts ?? {}).flatMap(([start, params]) =>
    Object.keys(params)
      .filter((name) => name.startsWith(`${id}/`))
      .map((name) => pathTo("/evaluate/starts", start, name)),
  );

/** Those that the graph's own nodes take; the others lie further inside. */
export function outermost(set: Values, source: Source): Values {
  const composites = Object.entries({ ...source.graph?.world, ...source.graph?.nodes }).flatMap(
    ([id, { component }]) => (source.parts.has(component) ? [`${id}/`] : []),
  );
  return Object.fromEntries(Object.entries(set).filter(([name]) => !composites.some((id) => name.startsWith(id))));
}

/** The graph without what does not count inside of another one, and with every message type that its streams name. */
function closed(graph: Graph, { types }: Source): { graph: Graph; problems: Problem[] } {
  const problems: Problem[] = [];
  const messages: { [name: string]: MessageSchema } = { ...graph.messages };
  const primitives = ["number", "integer", "boolean", "string"];
  for (const [direction, streams] of Object.entries(graph.streams))
    for (const [id, { message: name }] of Object.entries(streams)) {
      if (Object.hasOwn(messages, name)) continue;
      const type = Object.hasOwn(types, name) ? types[name] : primitives.includes(name) ? { type: name } : undefined;
      if (type !== undefined) messages[name] = type;
      else {
        const known = [...Object.keys(graph.messages), ...Object.keys(types)];
        const path = pathTo("/streams", direction, id, "message");
        problems.push(problem("L0206", { name, nearest: nearest(name, known), known }, { path }));
      }
    }
  const { evaluate: _, ...rest } = graph;
  const bare = <T extends { readonly live?: string; readonly simulate?: Ref }>(streams: { readonly [id: string]: T }) =>
    Object.fromEntries(Object.entries(streams).map(([id, { live: _, simulate: __, ...stream }]) => [id, stream]));
  const streams = { in: bare(graph.streams.in), out: bare(graph.streams.out) } as Graph["streams"];
  return { graph: { ...rest, messages, streams, world: {} }, problems };
}

/** The graph after its own rewrites, which know nothing of the graph around it. */
function rewrittenAlone(
  flat: Flat,
  { types }: Source,
  { catalogue, explained }: Flattening,
): { readonly flat?: Flat; readonly problems: readonly Problem[] } {
  const own: Components = {
    ...catalogue,
    message: (name) => (Object.hasOwn(types, name) ? types[name] : undefined),
    messages: () => Object.keys(types),
  };
  const { graph, typed, applied, problems } = rewrite(flat.graph, own, rules);
  const wrong = explained(flat.graph, problems).filter(
    (p) => !flat.told.has(p.path ?? "") && (isError(p) || p.path?.startsWith("/rewrites/") === true),
  );
  if (wrong.some(isError)) return { problems: wrong };
  // something inside cannot be written out, and that is told already
  if (typed === undefined) return { flat: { ...flat, graph: { ...flat.graph, rewrites: [] } }, problems: wrong };
  return {
    flat: { ...flat, graph: { ...graph, rewrites: [] }, applied: [...flat.applied, ...applied] },
    problems: wrong,
  };
}

/**
 * A text with ports of sub-graphs as their author names them: `leg/torque.out` is `leg.torque`.
 *
 * @param isRelay whether a part of this id is such a port
 */
export function asAuthored(text: string, isRelay: (id: string) => boolean): string {
  return text.replace(PATH, (whole, path: string, suffix: string | undefined, at: number) => {
    const quoted = text[at - 1] === "`" && text[at + whole.length] === "`";
    const cut = path.lastIndexOf("/");
    const isPort = cut > 0 && /^[A-Za-z_][\w-]*$/.test(path.slice(cut + 1)) && (suffix !== undefined || quoted);
    return isPort && isRelay(path) ? `${path.slice(0, cut)}.${path.slice(cut + 1)}` : whole;
  });
}

/** A path of ids and perhaps a relay's port: each letter of a text is looked at once. */
const PATH = /([A-Za-z_][\w#/-]*)(\.(?:in|out)\b)?/g;
