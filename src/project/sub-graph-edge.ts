/** What is wrong with a node that is a graph, seen from outside: its keys, params, ports, the ids it brings, and who reads it. */
import { idsInside } from "../graph/inline.js";
import type { Graph, GraphNode, Ref } from "../graph/ir.js";
import { parseRef } from "../graph/ref.js";
import { misfit } from "../graphfile/params.js";
import { inWords } from "../graphfile/validate.js";
import { describeType } from "../message/same.js";
import type { Json } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { pathTo } from "../problem/path.js";
import { type Problem, problem } from "../problem/problem.js";

type Values = { readonly [name: string]: Json };

/** Keys of a node that a graph cannot have; what each means instead is said by L0140. */
const OF_ONE_NODE = ["on", "latency", "restart", "safe", "place", "timeout"] as const;

/** Keys that only a single node can have. */
export const ofOneNode = (id: string, node: GraphNode, file: string, path: string): Problem[] =>
  OF_ONE_NODE.filter((key) => node[key] !== undefined).map((key) =>
    problem("L0140", { node: id, key, file }, { path: pathTo(path, key), of: "key" }),
  );

/** Params as those of any component: known names, fitting values, none missing. */
export function wrongParams(graph: Graph, node: GraphNode, path: string): Problem[] {
  const known = Object.keys(graph.params);
  const wrong = Object.entries(node.params).flatMap(([name, value]) => {
    const where = { path: pathTo(path, "params", name) };
    if (!known.includes(name))
      return [problem("L0401", { name, known, nearest: nearest(name, known) }, { ...where, of: "key" })];
    const expected = misfit(graph.params[name]!, value);
    return expected === undefined
      ? []
      : [problem("L0403", { name, reason: `must be ${expected}, not ${inWords(value)}` }, where)];
  });
  const missing = known.filter(
    (name) => graph.params[name]!.default === undefined && !Object.hasOwn(node.params, name),
  );
  return [...wrong, ...missing.map((name) => problem("L0402", { name }, { path: pathTo(path, "params") }))];
}

/** Values that are set inside of a node, and lead nowhere there. */
export function unknownInside(graph: Graph, set: Values, prefix: string): Problem[] {
  const ids = Object.keys(graph.nodes);
  return Object.keys(set).flatMap((name) => {
    const [inner = ""] = name.split(/[./]/);
    if (ids.includes(inner) && name.includes(".")) return [];
    const meant = nearest(inner, ids);
    const args = { name: `${prefix}${name}`, nearest: meant && `${prefix}${meant}${name.slice(inner.length)}` };
    return [problem("L0116", args)];
  });
}

/** What the outer node says of ports: inputs that exist and are all connected, values for outputs that exist. */
export function edge(id: string, node: GraphNode, { streams, messages }: Graph, path: string): Problem[] {
  const inputs = Object.keys(streams.in);
  const outputs = Object.keys(streams.out);
  const free = inputs.filter((port) => !Object.hasOwn(node.in, port));
  const meant = new Set<string>();
  const unknown = Object.keys(node.in).flatMap((port) => {
    if (inputs.includes(port)) return [];
    const near = nearest(port, free);
    if (near !== undefined) meant.add(near);
    const args = { node: id, component: node.component, port, ports: inputs, nearest: near };
    return [problem("L0205", args, { path: pathTo(path, "in", port), of: "key" })];
  });
  const open = free.flatMap((port) => {
    const { initial, message } = streams.in[port]!;
    if (initial !== undefined || meant.has(port)) return [];
    const type = messages[message];
    const args = { node: id, port, type: type === undefined ? `\`${message}\`` : describeType(type), candidates: [] };
    return [problem("L0209", args, { path, of: "key" })];
  });
  const values = Object.keys(node.initial ?? {}).flatMap((port) => {
    if (outputs.includes(port)) return [];
    const args = { node: id, key: "initial", port, ports: outputs, nearest: nearest(port, outputs) };
    return [problem("L0229", args, { path: pathTo(path, "initial", port), of: "key" })];
  });
  return [...unknown, ...open, ...values];
}

/** The path of every id. */
export const placesOf = ({ streams, world, nodes }: Graph): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      "/streams/in": streams.in,
      "/streams/out": streams.out,
      "/world": world,
      "/nodes": nodes,
    }).flatMap(([place, ids]) => Object.keys(ids).map((id): [string, string] => [id, pathTo(place, id)])),
  );

/** Ids that would come twice. */
export const collisions = (taken: ReadonlyMap<string, string>, node: string, sub: Graph): Problem[] =>
  idsInside(node, sub).flatMap((id) => {
    const path = taken.get(id);
    return path === undefined ? [] : [problem("L0144", { id, node }, { path, of: "key" })];
  });

/** References to outputs that a sub-graph has not. */
export function* refsInto(graph: Graph, subs: ReadonlyMap<string, Graph>): Iterable<Problem> {
  for (const [ref, path] of refsOf(graph)) {
    const parsed = parseRef(ref);
    const sub = parsed && subs.get(parsed.id);
    if (sub === undefined) continue;
    const { id, port } = parsed!;
    const ports = Object.keys(sub.streams.out);
    if (port === undefined) yield problem("L0219", { ref, stream: false, id, ports }, { path });
    else if (!ports.includes(port))
      yield problem("L0204", { node: id, port, ports, nearest: nearest(port, ports) }, { path });
  }
}

function* refsOf({ world, nodes, streams, evaluate }: Graph): Iterable<readonly [Ref, string]> {
  for (const [part, ids] of Object.entries({ world, nodes }))
    for (const [id, node] of Object.entries(ids))
      for (const [port, { from }] of Object.entries(node.in)) yield [from, pathTo("", part, id, "in", port, "from")];
  for (const [id, { simulate }] of Object.entries(streams.in))
    if (simulate !== undefined) yield [simulate, pathTo("/streams/in", id, "simulate")];
  for (const [id, { from }] of Object.entries(streams.out)) yield [from, pathTo("/streams/out", id, "from")];
  for (const [name, metric] of Object.entries(evaluate?.metrics ?? {}))
    for (const [kind, refs] of Object.entries(metric))
      for (const [i, ref] of refs.entries()) yield [ref, pathTo("/evaluate/metrics", name, kind, i)];
}
