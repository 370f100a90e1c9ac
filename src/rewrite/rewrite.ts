/**
 * The rewriting engine: applies a graph's rewrites in order of phase, and checks the graph after every one.
 *
 *   graph ──check──► typed ──rule──► graph′ ──check──► typed′ ── … ──► last typed graph, every change, every problem
 */
import { crashedBy, isCrashing, sound } from "../component/crashing.js";
import type { Catalogue } from "../graph/catalogue.js";
import { check } from "../graph/check.js";
import type { Graph, GraphNode, Ref } from "../graph/ir.js";
import { portRef } from "../graph/names.js";
import type { TypedGraph } from "../graph/typed.js";
import { nearest } from "../problem/nearest.js";
import { type Origin, type Problem, problem } from "../problem/problem.js";
import { checkOptions } from "./options.js";
import { before, effective, mapValues, rewire } from "./rewire.js";
import { type Change, PHASES, type Rule } from "./rule.js";

export interface Applied {
  readonly rule: string;
  /** IR path of the rewrite. */
  readonly path: string;
  readonly changes: readonly Change[];
  readonly refusals: readonly Problem[];
}

export interface Rewritten {
  readonly graph: Graph;
  /** Absent when there is an error. */
  readonly typed?: TypedGraph;
  readonly applied: readonly Applied[];
  readonly problems: readonly Problem[];
}

/**
 * Applies all rewrites of a graph (params bound). The graph itself is not changed.
 *
 * @example
 * const { graph: rewritten, applied } = rewrite(bind(graph, { set: {} }).graph, catalogue, rules);
 * applied.map(({ rule, path }) => `${rule} ${path}`) // ["record /rewrites/0"]
 * Object.keys(rewritten.nodes) // ["ik", "gravity", "controller", "record#reach"]
 */
export function rewrite(graph: Graph, catalogue: Catalogue, rules: readonly Rule[]): Rewritten {
  const first = check(graph, catalogue);
  const applied: Applied[] = [];
  if (first.typed === undefined) return { graph, applied, problems: first.problems };

  const problems: Problem[] = [];
  const meant = authoredPorts(first.typed);
  let current = { graph, typed: first.typed, warnings: first.problems };
  for (const { rule, index, path } of inOrder(graph, rules, problems)) {
    // an earlier rule may have rewired the ports that this one names
    const { options } = current.graph.rewrites[index]!;
    const misfits = checkOptions(rule, options, path);
    if (misfits.length > 0) {
      problems.push(...misfits);
      continue;
    }
    const subject = { graph: current.graph, typed: current.typed, catalogue, origin: { rule: rule.name, path } };
    const outcome = rule.apply(subject, options);
    applied.push({ rule: rule.name, path, changes: outcome.changes, refusals: outcome.refusals });
    problems.push(...outcome.refusals);
    const checked = check(outcome.graph, catalogue);
    if (checked.typed === undefined) {
      problems.push(...checked.problems);
      return { graph: outcome.graph, applied, problems };
    }
    current = { graph: outcome.graph, typed: checked.typed, warnings: checked.problems };
    for (const [name, ref] of meant) meant.set(name, outcome.renamed?.get(ref) ?? ref);
  }
  problems.push(...current.warnings);
  const failed = problems.some((p) => p.severity === "error");
  const typed = failed ? {} : { typed: named(current.typed, first.typed, meant) };
  return { graph: current.graph, ...typed, applied, problems };
}

/**
 * An authored name means the effective value, after every rule: what stands under it is not counted as inserted. What
 * rules have put into a sub-graph stays so.
 */
function named(typed: TypedGraph, authored: TypedGraph, meant: ReadonlyMap<Ref, Ref>): TypedGraph {
  const isAuthored = (id: string) => !id.includes("#") && authored.byId.has(id);
  const vertices = typed.vertices.map((v) => (v.inserted && isAuthored(v.id) ? { ...v, inserted: false } : v));
  const changed = [...meant].filter(([name, ref]) => name !== ref);
  const behind = changed.length === 0 ? {} : { effective: new Map(changed) };
  return { ...typed, ...behind, vertices, byId: new Map(vertices.map((v) => [v.id, v])) };
}

/** What each authored port means before any rule: itself, or what an earlier rewrite, written out, has put behind it. */
function authoredPorts({ graph, vertices }: TypedGraph): Map<Ref, Ref> {
  const refs = vertices
    .filter(({ id }) => !id.includes("#"))
    .flatMap((vertex) => vertex.outputs.map(({ port }) => portRef(vertex, port)));
  return new Map(refs.map((ref) => [ref, effective(graph, ref)]));
}

function inOrder(graph: Graph, rules: readonly Rule[], problems: Problem[]) {
  const entries = graph.rewrites.flatMap(({ rule: name }, index) => {
    const path = `/rewrites/${index}`;
    const rule = rules.find((r) => r.name === name);
    if (rule !== undefined) return [{ rule, index, path }];
    const names = rules.map((r) => r.name);
    problems.push(problem("L0501", { rule: name, known: names, nearest: nearest(name, names) }, { path }));
    return [];
  });
  const phase = (rule: Rule) => PHASES.indexOf(rule.phase);
  return entries.sort((a, b) => phase(a.rule) - phase(b.rule));
}

/**
 * Takes out everything that rewrites inserted (all of them, or the one at `path`), joins readers to what they read
 * before, and takes nodes out of their wrappers: the inverse of rules that only insert.
 *
 * @example
 * const { graph: rewritten } = rewrite(bind(graph, { set: {} }).graph, catalogue, rules);
 * Object.keys(withoutInserted(rewritten).nodes) // ["ik", "gravity", "controller"]
 */
export function withoutInserted(graph: Graph, path?: string): Graph {
  const gone = ({ origin }: { readonly origin?: Origin }) =>
    origin !== undefined && (path === undefined || origin.path === path);
  const authored = <T extends { readonly origin?: Origin }>(parts: { readonly [id: string]: T }) =>
    Object.fromEntries(Object.entries(parts).filter(([, part]) => !gone(part)));
  const bare = mapValues(graph.nodes, (node) => unwrapped(node, path));
  const taken = Object.fromEntries(Object.entries({ ...graph.world, ...bare }).filter(([, part]) => gone(part)));
  const left: Graph = {
    ...graph,
    streams: { in: authored(graph.streams.in), out: authored(graph.streams.out) },
    world: authored(graph.world),
    nodes: authored(bare),
  };
  return rewire(left, before(taken));
}

/** A node that the rewrite at `path`, or any, told to crash, as it was before. */
function unwrapped(node: GraphNode, path: string | undefined): GraphNode {
  const by = crashedBy(node);
  if (!isCrashing(node.component) || (path !== undefined && path !== by)) return node;
  const { origin, ...rest } = { ...node, ...sound(node) };
  return origin === undefined || origin.path === by ? rest : { ...rest, origin };
}
