/**
 * The places of a graph with its sub-graphs written out: each inner part stands where its own file has it.
 *
 *   /nodes/leg~1ik/params/kp   →  leg.graph.yaml, nodes: ik: params: kp
 *   /nodes/leg~1joints/in/in   →  arm.graph.yaml, nodes: leg: in: joints
 */
import { innerId } from "../graph/inline.js";
import type { Graph } from "../graph/ir.js";
import { reshape, type SourceMap, type Spot, sourceMap, type Use } from "./sourcemap.js";

/** One node whose component is a graph file. */
export interface Graft {
  readonly part: "world" | "nodes";
  readonly id: string;
  /** What took the node's place, and the places of that graph. */
  readonly graph: Graph;
  readonly map: SourceMap;
  /** The graph file, as problems show it. */
  readonly file: string;
}

/** The places of the graph that `inlineNodes` makes. */
export function graft(outer: SourceMap, grafts: readonly Graft[]): SourceMap {
  if (grafts.length === 0) return outer;
  const parts = new Map(outer.root.children);
  for (const part of ["world", "nodes"] as const) {
    const at = parts.get(part);
    const own = grafts.filter((g) => g.part === part);
    if (at === undefined || own.length === 0) continue;
    const children = new Map(at.children);
    for (const g of own) graftOne(children, g);
    parts.set(part, reshape(at, children));
  }
  return sourceMap(reshape(outer.root, parts));
}

function graftOne(children: Map<string, Spot>, { id, graph, map, file }: Graft): void {
  const node = children.get(id)!;
  const { root } = map;
  const use: Use = { file, node: id, place: child(node, "component")?.place ?? node.key ?? node.place };
  const from = (spot: Spot): Spot => ({ ...spot, uses: [...(spot.uses ?? []), use] });

  for (const [name, spot] of child(root, "nodes")?.children ?? []) children.set(innerId(id, name), from(spot));
  for (const name of Object.keys(graph.streams.in)) {
    const stream = child(root, "streams", "in", name) ?? node;
    const input = child(node, "in", name);
    const initial = (input && child(input, "initial")) ?? child(stream, "initial");
    children.set(innerId(id, name), from(relay(stream, stream, input, initial)));
  }
  for (const name of Object.keys(graph.streams.out)) {
    const stream = child(root, "streams", "out", name) ?? node;
    const initial = child(node, "initial", name) ?? child(stream, "initial");
    children.set(innerId(id, name), from(relay(node, stream, child(stream, "from"), initial)));
  }
  const rewrites = child(root, "rewrites");
  if (rewrites !== undefined) children.set(id, reshape(node, new Map(node.children).set("rewrites", from(rewrites))));
}

/** A port stands at `whole`; what its stream says of it stands in the inner file. */
function relay(whole: Spot, stream: Spot, input: Spot | undefined, initial: Spot | undefined): Spot {
  const { key, place } = whole;
  const parts: [string, Spot][] = [];
  if (input !== undefined) parts.push(["in", { place: input.place, children: new Map([["in", input]]) }]);
  if (initial !== undefined) parts.push(["initial", { place: initial.place, children: new Map([["out", initial]]) }]);
  const contract = child(stream, "contract");
  if (contract !== undefined) parts.push(["params", contract]);
  return { place, ...(key === undefined ? {} : { key }), children: new Map(parts) };
}

function child(spot: Spot, ...path: readonly string[]): Spot | undefined {
  let at: Spot | undefined = spot;
  for (const name of path) at = at?.children?.get(name);
  return at;
}
