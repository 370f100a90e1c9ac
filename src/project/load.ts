/**
 * Opens a graph file in its folder: text, params, components, rewrites, checks; every problem with its place.
 *
 *   files ──read──► IR ──bind──► IR with values ──flatten──► one graph ──rewrite──► typed graph
 */
import { dirname, resolve } from "node:path";
import { type Components, openCatalogue } from "../component/catalogue.js";
import type { Component } from "../component/component.js";
import { withCrashing } from "../component/crashing.js";
import { signatures } from "../component/signatures.js";
import { traceProblems } from "../component/tensor/try.js";
import type { Variation, Varied, Vary } from "../distill/workbench.js";
import { check } from "../graph/check.js";
import { RELAY } from "../graph/inline.js";
import type { Graph } from "../graph/ir.js";
import type { TypedGraph } from "../graph/typed.js";
import { parseRewriteFile, withRewrites } from "../graphfile/load.js";
import { bind, parseSet } from "../graphfile/params.js";
import { readGraphFile } from "../graphfile/read.js";
import { inFileOrder, locate } from "../graphfile/sourcemap.js";
import type { Json } from "../message/type.js";
import { segmentsOf } from "../problem/path.js";
import { LimbeckError, type Problem } from "../problem/problem.js";
import { type Rewritten, rewrite } from "../rewrite/rewrite.js";
import { rules } from "../rewrite/rules/index.js";
import { record } from "../rewrite/rules/record.js";
import { substitute } from "../rewrite/rules/substitute.js";
import { metrics } from "../runtime/metrics/index.js";
import { projectRoot, resolvers } from "./components.js";
import { lineOf, shownPath } from "./files.js";
import { named } from "./named.js";
import { componentNames, isSource, readGraph, type Source } from "./source.js";
import { asAuthored, type Flat, flatten, outermost } from "./sub-graphs.js";
import type { Types } from "./types.js";
import { varying } from "./varying.js";

export interface LoadOptions {
  /** Each as typed: `kp=40`, `arm.mass=2`. */
  readonly set?: readonly string[];
  /** Rewrite files to lay over the graph. */
  readonly with?: readonly string[];
  /** Load no component file. */
  readonly noCode?: boolean;
  /** Trace the tensor steps now, as every run and lowering does: what that meets is among the problems. */
  readonly trace?: boolean;
  /** Folder of the model store (default `.limbeck/models`). */
  readonly models?: string;
}

export interface Loaded {
  readonly file: string;
  /** As its file says it, with params, sub-graphs and rewrites as they stand there. */
  readonly written: Graph;
  /** As authored, with params bound and sub-graphs written out. */
  readonly authored: Graph;
  /** After rewriting. */
  readonly graph: Graph;
  /** Absent when `problems` holds an error. */
  readonly typed?: TypedGraph;
  readonly problems: readonly Problem[];
  /** What the rewrites did, in the order in which they were applied. */
  readonly changes: readonly { readonly rule: string; readonly path: string; readonly message: string }[];
  /** Rewrites that would not, and why. */
  readonly refusals: readonly { readonly rule: string; readonly path: string; readonly reason: string }[];
  /** Texts of the files that were read, by name, for code frames. */
  readonly sources: ReadonlyMap<string, string>;
  /** Gives problems that were met later (in a run) their place in the file. */
  readonly locate: (problems: readonly Problem[]) => Problem[];
  readonly vary: Vary;
  /** The graph after rewriting, with further nodes that nobody reads. @throws LimbeckError */
  readonly beside: (
    nodes: Graph["nodes"],
    components: { readonly [name: string]: Component },
  ) => Varied & { readonly typed: TypedGraph };
  readonly component: Varied["component"];
}

/**
 * Opens a graph file. Problems of the graph come back as data.
 *
 * @throws LimbeckError when the file cannot be read
 * @example
 * const { typed, problems } = await loadGraph("arm-reach.graph.yaml", { set: ["kp=40"] });
 * typed?.graph.nodes.controller?.params.kp // 40
 * problems // []
 */
export async function loadGraph(file: string, options: LoadOptions = {}): Promise<Loaded> {
  const sources = new Map<string, string>();
  const folder = resolve(dirname(file));
  const root = projectRoot(folder);
  const read = await readGraph(file, { folder, root, noCode: options.noCode ?? false, sources });
  let parsed: Source = read;
  for (const laid of options.with ?? []) {
    const text = readGraphFile(laid, "a file of rewrites");
    sources.set(laid, text);
    parsed = { ...parsed, ...withRewrites(parsed, parseRewriteFile(text, laid)) };
  }
  const { graph } = parsed;
  if (graph === undefined) throw new LimbeckError(parsed.problems);
  const source = { ...parsed, graph };

  const told = parseSets(options.set ?? []);
  const opened = await openCatalogue(componentNames(source), settingOf(folder, root, source.types, options));
  const { catalogue, failures } = withStandIns(graphsOf(source), opened);
  const explained = (graph: Graph, problems: readonly Problem[]) => withFailures(graph, problems, failures);
  const { flat, rewritten, problems: ofGraph } = build(source, graph, told.set, catalogue, explained);
  const traced =
    options.trace === true && rewritten.typed
      ? traceProblems(rewritten.typed, catalogue.component, { shown: shownPath, line: lineOf })
      : [];
  const found = [
    ...ofGraph,
    ...located(
      traced.map((p) => withOrigin(rewritten.graph, p)),
      flat,
    ),
  ];
  const early = locate([...source.problems, ...told.problems], source.sourceMap);
  const problems = inFileOrder([...early, ...found]).map((p) => saidBySet(p, told.set));
  const failed = problems.some((p) => p.severity === "error");
  const applied = [...flat.applied, ...rewritten.applied];
  return {
    file,
    written: graph,
    authored: flat.graph,
    graph: rewritten.graph,
    ...(rewritten.typed === undefined || failed ? {} : { typed: rewritten.typed }),
    problems,
    changes: applied.flatMap(({ rule, path: at, changes }) =>
      changes.map(({ verb, text, path }) => ({ rule, path, message: `${within(at)}${verb} ${text}` })),
    ),
    refusals: applied.flatMap(({ rule, path, refusals }) =>
      refusals.map((refusal) => ({ rule, path, reason: `${within(path)}${refusal.message}` })),
    ),
    component: catalogue.component,
    sources,
    locate: (met) =>
      located(
        met.map((p) => withOrigin(rewritten.graph, p)),
        flat,
      ),
    vary: varying((variation) => vary(source, told.set, catalogue, variation)),
    beside: (nodes, components) => beside(rewritten, catalogue, nodes, components),
  };
}

/** Of a rewrite in a sub-graph, where that is: "in `leg`: ". */
const within = (rewrite: string): string => {
  const [part, id] = segmentsOf(rewrite);
  return part === "rewrites" ? "" : `in \`${id}\`: `;
};

interface Built {
  readonly flat: Flat;
  readonly rewritten: Rewritten;
  /** With places. */
  readonly problems: readonly Problem[];
}

/** The graph with these values, sub-graphs and rewrites. */
function build(
  source: Source,
  graph: Graph,
  set: { readonly [param: string]: Json },
  catalogue: Components,
  explained: (graph: Graph, problems: readonly Problem[]) => Problem[],
): Built {
  const bound = bind(graph, { set: outermost(set, source) });
  const folder = resolve(dirname(source.file));
  const flat = flatten(source, bound.graph, { catalogue, explained, set, folder, prefix: "" });
  const rewritten = rewrite(flat.graph, catalogue, rules);
  const checked = explained(flat.graph, rewritten.problems).filter((p) => !flat.told.has(p.path ?? ""));
  const problems = [
    ...locate(bound.problems, source.sourceMap),
    ...once([...flat.problems, ...located(checked, flat)], flat),
  ];
  return { flat, rewritten, problems };
}

/** Problems with their places in whichever file, and with ports of sub-graphs as their author names them. */
function located(problems: readonly Problem[], { map, graph }: Flat): Problem[] {
  const isRelay = (id: string) => [graph.nodes[id], graph.world[id]].some((node) => node?.component === RELAY);
  const words = (text: string) => asAuthored(text, isRelay);
  return locate(problems, map).map((p) => ({
    ...p,
    message: words(p.message),
    ...(p.help === undefined ? {} : { help: words(p.help) }),
    ...(p.related === undefined ? {} : { related: p.related.map((r) => ({ ...r, message: words(r.message) })) }),
  }));
}

/** What is wrong inside a file that is used several times is told once. */
function once(problems: readonly Problem[], { composites }: Flat): Problem[] {
  const longest = [...composites].sort((a, b) => b.length - a.length);
  const bare = (text: string) =>
    longest.reduce((said, id) => said.replaceAll(`\`${id}/`, "`").replaceAll(`\`${id}.`, "`"), text);
  const seen = new Set<string>();
  return problems.filter(({ code, message, place }) => {
    if (place === undefined) return true;
    const key = `${code} ${place.file}:${place.line}:${place.column} ${bare(message)}`;
    return !seen.has(key) && seen.add(key);
  });
}

function vary(
  source: Source & { readonly graph: Graph },
  set: { readonly [param: string]: Json },
  catalogue: Components,
  { set: more, rewrites = [], recorders = true, components = {} }: Variation,
): Varied & { readonly catalogue: Components } {
  const { graph } = source;
  const own = recorders ? graph.rewrites : graph.rewrites.filter(({ rule }) => rule !== record.name);
  const laid = { ...graph, rewrites: [...own, ...rewrites] };
  const both = withMore(catalogue, components);
  const { rewritten, problems } = build(source, laid, { ...set, ...more }, both, (_, found) => [...found]);
  const errors = problems.filter((p) => p.severity === "error");
  if (rewritten.typed === undefined || errors.length > 0) throw new LimbeckError(errors);
  return { typed: rewritten.typed, component: both.component, catalogue: both };
}

function beside(
  { graph, typed: before }: Rewritten,
  catalogue: Components,
  nodes: Graph["nodes"],
  components: { readonly [name: string]: Component },
): Varied {
  const both = withMore(catalogue, components);
  const { typed, problems } = check({ ...graph, nodes: { ...graph.nodes, ...nodes } }, both);
  if (typed === undefined) throw new LimbeckError(problems.filter((p) => p.severity === "error"));
  const effective = before?.effective;
  return { typed: effective === undefined ? typed : { ...typed, effective }, component: both.component };
}

/** A catalogue with further components. */
function withMore(catalogue: Components, components: { readonly [name: string]: Component }): Components {
  const component = withCrashing((name) =>
    Object.hasOwn(components, name) ? components[name] : catalogue.component(name),
  );
  return { ...catalogue, component, signature: signatures(component) };
}

/** A problem with a value that `--set` gave is not in the file. */
function saidBySet(p: Problem, set: { readonly [param: string]: Json }): Problem {
  const [part, id, params, name] = segmentsOf(p.path ?? "");
  const param = `${id}.${name}`;
  if (params !== "params" || (part !== "nodes" && part !== "world") || !Object.hasOwn(set, param)) return p;
  const { place: _, path: __, ...rest } = p;
  return { ...rest, message: `--set ${param}: ${p.message}` };
}

function parseSets(texts: readonly string[]) {
  const set: { [name: string]: Json } = {};
  const problems: Problem[] = [];
  for (const text of texts) {
    const parsed = parseSet(text);
    if ("problem" in parsed) problems.push(parsed.problem);
    else set[parsed.name] = parsed.value;
  }
  return { set, problems };
}

function settingOf(
  folder: string,
  root: string,
  types: Types,
  { noCode = false, models = ".limbeck/models" }: LoadOptions,
) {
  return {
    library: named,
    resolvers: resolvers({ folder, root, noCode, models }),
    types,
    rules: rules.map((rule) => rule.name),
    metrics: metrics.map((metric) => metric.name),
  };
}

/** The graph itself, and those of all the files that it uses. */
function graphsOf(source: Source): Graph[] {
  const found = new Set([source]);
  for (const { parts } of found) for (const part of parts.values()) if (isSource(part)) found.add(part);
  return [...found].flatMap(({ graph }) => graph ?? []);
}

/**
 * A node whose component does not load, and which a rewrite replaces, is taken for its replacement from the start:
 * a teacher's source may be deleted once something stands in for it.
 */
function withStandIns(graphs: readonly Graph[], opened: Opened): Opened {
  const { catalogue, failures } = opened;
  const standIns = new Map<string, string>();
  for (const { nodes, rewrites } of graphs)
    for (const { rule, options } of rewrites) {
      if (rule !== substitute.name || typeof options.with !== "string") continue;
      const [id, ...others] = [options.nodes ?? []].flat();
      const lost = typeof id !== "string" || others.length > 0 ? undefined : nodes[id]?.component;
      if (lost !== undefined && failures.has(lost)) standIns.set(lost, options.with);
    }
  if (standIns.size === 0) return opened;
  const component = (name: string) => catalogue.component(standIns.get(name) ?? name);
  return {
    failures: new Map([...failures].filter(([name]) => !standIns.has(name))),
    catalogue: {
      ...catalogue,
      component,
      signature: (name, params, inputs) => component(name)?.signature(standIns.has(name) ? {} : params, inputs),
    },
  };
}

type Opened = Awaited<ReturnType<typeof openCatalogue>>;

/** What a run meets at a node that a rewrite inserted stands where that rewrite does, as what the checks find. */
function withOrigin(graph: Graph, p: Problem): Problem {
  const [part, id = ""] = segmentsOf(p.path ?? "");
  const origin = part === "nodes" || part === "world" ? graph[part][id]?.origin : undefined;
  return origin === undefined || p.origins !== undefined ? p : { ...p, origins: [origin] };
}

/** A component that did not load is told by why it did not, and not as unknown. */
function withFailures(
  graph: Graph,
  problems: readonly Problem[],
  failures: ReadonlyMap<string, readonly Problem[]>,
): Problem[] {
  if (failures.size === 0) return [...problems];
  const paths = new Map<string, string>();
  for (const part of ["world", "nodes"] as const)
    for (const [id, { component }] of Object.entries(graph[part]))
      if (failures.has(component)) paths.set(`/${part}/${id}/component`, component);
  graph.rewrites.forEach(({ rule, options }, i) => {
    for (const name of rules.find((r) => r.name === rule)?.inserts?.(options) ?? [])
      if (failures.has(name)) paths.set(`/rewrites/${i}/${keyOf(options, name)}`, name);
  });
  const told = [...paths].flatMap(([path, name]) => failures.get(name)!.map((p) => ({ path, ...p })));
  return [...told, ...problems.filter((p) => p.path === undefined || !paths.has(p.path))];
}

/** Where a rewrite names what it inserts. */
const keyOf = (options: object, name: string): string =>
  Object.entries(options).find(([, option]) => option === name)?.[0] ?? "with";

/**
 * The typed graph of a loaded file.
 *
 * @throws LimbeckError with its errors
 * @example
 * checked(await loadGraph("arm-reach.graph.yaml")).seed // 7
 */
export function checked({ typed, problems }: Loaded): TypedGraph {
  if (typed === undefined) throw new LimbeckError(problems.filter((p) => p.severity === "error"));
  return typed;
}
