/**
 * Sub-graphs: a graph in the place of a node.
 *
 *   x ──► leg (./leg.graph.yaml) ──► y      →      x ──► leg/joints ──► leg/ik ──► … ──► leg/torque ──► y
 *
 * Inner ids get the node's id and `/` in front. Every stream of the inner graph becomes a relay: there the types of
 * both sides meet, and how the outside reads (`max_age`, `delay`, …) composes with how the inside does. `leg.torque`
 * is the port `leg/torque.out` from then on, wherever it is named.
 */
import type { Json } from "../message/type.js";
import { pathTo, segmentsOf } from "../problem/path.js";
import type { Origin } from "../problem/problem.js";
import type { Graph, GraphNode, Input, InStream, OutStream, ParamDeclaration, Ref } from "./ir.js";
import { formatRef, parseRef } from "./ref.js";

/** The component of relays: one input `in`, one output `out`; what comes in goes out, with its stamp. */
export const RELAY = "graph/port";

type Parts<T> = { readonly [id: string]: T };

/** The id of a part of a sub-graph in the graph around it. */
export const innerId = (id: string, inner: string): string => `${id}/${inner}`;

/** Every id that a node brings with it when this graph takes its place. */
export const idsInside = (id: string, { streams, nodes }: Graph): string[] =>
  [...Object.keys(streams.in), ...Object.keys(nodes), ...Object.keys(streams.out)].map((inner) => innerId(id, inner));

/**
 * The graph in which a node (of `nodes` or `world`) is replaced by what is in a graph.
 *
 * Params of `sub` are bound, its rewrites applied, its ids new to the graph, and its `messages` hold every type that
 * its streams name; its `world`, `seed` and `evaluate` do not count. Inner and outer nodes may be graphs themselves: in
 * which order they are inlined makes no difference.
 *
 * @example
 * const pass = { component: "filter/ema", in: { value: { from: "x" } }, params: { tau: 0.1 } };
 * const sub = {
 *   ...graph,
 *   messages: { Vector2: { tensor: [2], dtype: "float64" } },
 *   params: {},
 *   streams: { in: { x: { message: "Vector2" } }, out: { y: { message: "Vector2", from: "pass.value" } } },
 *   nodes: { pass },
 * } as const;
 * const whole = { ...graph, nodes: { smooth: { component: "./smooth.graph.yaml", in: { x: { from: "target" } }, params: {} } } };
 * Object.keys(inlineNode(whole, "smooth", sub).nodes) // ["smooth/x", "smooth/pass", "smooth/y"]
 */
export const inlineNode = (graph: Graph, id: string, sub: Graph): Graph => inlineNodes(graph, new Map([[id, sub]]));

/** The same for several nodes at once, by id. */
export function inlineNodes(graph: Graph, subs: ReadonlyMap<string, Graph>): Graph {
  const ref = rewired(subs);
  const nodes = (place: "world" | "nodes"): Parts<GraphNode> =>
    Object.fromEntries(
      Object.entries(graph[place]).flatMap(([id, node]) => {
        const outer = { ...node, in: map(node.in, (input) => ({ ...input, from: ref(input.from) })) };
        const sub = subs.get(id);
        return sub === undefined ? [[id, outer]] : partsOf(outer, id, sub, pathTo("", place, id));
      }),
    );
  const { streams, evaluate } = graph;
  return {
    ...graph,
    params: Object.assign({}, graph.params, ...[...subs].map(([id, sub]) => paramsOf(id, sub))),
    streams: {
      in: map(streams.in, (s) => (s.simulate === undefined ? s : { ...s, simulate: ref(s.simulate) })),
      out: map(streams.out, (s) => ({ ...s, from: ref(s.from) })),
    },
    world: nodes("world"),
    nodes: nodes("nodes"),
    rewrites: graph.rewrites.map(({ rule, options }) => ({
      rule,
      options: deep(options, ref) as { [name: string]: Json },
    })),
    ...(evaluate === undefined
      ? {}
      : {
          evaluate: { ...evaluate, metrics: map(evaluate.metrics, (metric) => map(metric, (refs) => refs.map(ref))) },
        }),
  };
}

/** Relays of the in-streams, the nodes, relays of the out-streams. */
function partsOf(
  node: GraphNode,
  id: string,
  { streams, nodes, messages }: Graph,
  path: string,
): [string, GraphNode][] {
  const isStream = (name: string) => Object.hasOwn(streams.in, name) || Object.hasOwn(streams.out, name);
  const inside = (ref: Ref): Ref => {
    const parsed = parseRef(ref);
    if (parsed === undefined) return ref;
    const whole = parsed.port === undefined && isStream(parsed.id);
    return formatRef(innerId(id, parsed.id), whole ? "out" : parsed.port, parsed.field);
  };
  const relay = (name: string, stream: InStream | OutStream, input: Input | undefined, initial: Json | undefined) => {
    const { kind, contract, doc, origin } = stream;
    const params: { [name: string]: Json } = { type: messages[stream.message] as Json };
    if (kind === "event") params.kind = kind;
    Object.assign(params, contract);
    const relay: GraphNode = {
      component: RELAY,
      in: input === undefined ? {} : { in: input },
      params,
      ...(initial === undefined ? {} : { initial: { out: initial } }),
      ...(doc === undefined ? {} : { doc }),
      ...(origin === undefined ? {} : { origin: moved(origin, path) }),
    };
    return [innerId(id, name), relay] satisfies [string, GraphNode];
  };
  const given = <T>(values: Parts<T> | undefined, name: string): T | undefined =>
    values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
  return [
    ...Object.entries(streams.in).map(([name, stream]) => {
      const input = given(node.in, name);
      // what waits at the outer edge is held by the readers inside
      return relay(name, stream, input, input?.initial ?? stream.initial);
    }),
    ...Object.entries(nodes).map(([name, inner]) => {
      // ports are no nodes, whichever level they are of
      const outer = inner.component === RELAY ? [] : (node.tags ?? []);
      const tags = [...new Set([...outer, ...(inner.tags ?? [])])];
      const { origin, ...rest } = inner;
      const part: GraphNode = {
        ...rest,
        in: map(inner.in, (input) => {
          const { origin, ...rest } = input;
          return {
            ...rest,
            from: inside(input.from),
            ...(origin === undefined ? {} : { origin: moved(origin, path) }),
          };
        }),
        ...(tags.length === 0 ? {} : { tags }),
        ...(origin === undefined ? {} : { origin: moved(origin, path) }),
      };
      return [innerId(id, name), part] satisfies [string, GraphNode];
    }),
    ...Object.entries(streams.out).map(([name, stream]) =>
      relay(name, stream, { from: inside(stream.from) }, given(node.initial, name) ?? stream.initial),
    ),
  ];
}

/** `kp` of `leg` is `leg.kp`; `ik.gain` of `leg` is `leg/ik.gain`. */
const paramsOf = (id: string, sub: Graph): Parts<ParamDeclaration> =>
  Object.fromEntries(
    Object.entries(sub.params).map(([name, param]) => [
      name.includes(".") ? innerId(id, name) : `${id}.${name}`,
      param,
    ]),
  );

/** `leg.torque` → `leg/torque.out`; every other text as it is. */
const rewired =
  (subs: ReadonlyMap<string, Graph>) =>
  (text: string): string => {
    const dot = text.indexOf(".");
    const sub = dot === -1 ? undefined : subs.get(text.slice(0, dot));
    const parsed = sub === undefined ? undefined : parseRef(text);
    if (parsed?.port === undefined || !Object.hasOwn(sub!.streams.out, parsed.port)) return text;
    return formatRef(innerId(parsed.id, parsed.port), "out", parsed.field);
  };

/** Where a rewrite of a sub-graph stands, seen from outside: `/rewrites/0` → `/nodes/leg/rewrites/0`. */
const moved = (origin: Origin, path: string): Origin => ({ ...origin, path: movedPath(origin.path, path) });

/**
 * The path of a part of the sub-graph at `path`, in the graph around it; undefined for what is not taken over.
 *
 * @example
 * movedPath("/nodes/ik/in/x", "/nodes/leg") // "/nodes/leg~1ik/in/x"
 * movedPath("/rewrites/0", "/nodes/leg") // "/nodes/leg/rewrites/0"
 * movedPath("/streams/out/torque/from", "/nodes/leg") // "/nodes/leg~1torque/in/in/from"
 */
export function movedPath(inner: string, path: string): string {
  const [place = "", id = ""] = segmentsOf(path);
  const [part, name, stream, ...rest] = segmentsOf(inner);
  const base = `/${place}`;
  if (part === "nodes" && name !== undefined)
    return pathTo(base, innerId(id, name), ...(stream === undefined ? [] : [stream, ...rest]));
  if (part === "streams" && stream !== undefined) {
    const what = name === "out" && rest[0] === "from" ? ["in", "in", ...rest] : rest;
    return pathTo(base, innerId(id, stream), ...what);
  }
  return `${path}${inner}`;
}

const deep = (value: Json, ref: (text: string) => string): Json => {
  if (typeof value === "string") return ref(value);
  if (Array.isArray(value)) return value.map((part: Json) => deep(part, ref));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, deep(part as Json, ref)]));
};

const map = <A, B>(record: Parts<A>, f: (part: A) => B): Parts<B> =>
  Object.fromEntries(Object.entries(record).map(([key, part]) => [key, f(part)]));
