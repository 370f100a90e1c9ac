/**
 * The canonical text of a graph and its SHA-256.
 *
 * `origin` is left out: a graph that a rewrite made and the same graph written by hand mean the same. Keys are
 * sorted, so the order of declaration does not count either; it decides between independent nodes only, and no port sees that.
 */
import { createHash } from "node:crypto";
import type { Json } from "../message/type.js";
import type { Graph, GraphNode } from "./ir.js";

/**
 * JSON with sorted keys, no spaces, `undefined` members left out.
 *
 * @example
 * canonicalJson({ b: [1, undefined], a: undefined, c: "x" }) // "{\"b\":[1,null],\"c\":\"x\"}"
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v ?? null)).join(",")}]`;
  const members = value as { readonly [key: string]: Json | undefined };
  let text = "";
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

type Parts<T> = { readonly [id: string]: T };
const mapValues = <T, U>(parts: Parts<T>, f: (part: T) => U): Parts<U> =>
  Object.fromEntries(Object.entries(parts).map(([id, part]) => [id, f(part)]));

/** Only where the IR has an `origin`: a component may well have a param of that name. */
function withoutOrigins(graph: Graph): unknown {
  const bare = <T extends { readonly origin?: unknown }>({ origin: _, ...rest }: T) => rest;
  const node = (n: GraphNode) => ({ ...bare(n), in: mapValues(n.in, bare) });
  return {
    ...graph,
    streams: { in: mapValues(graph.streams.in, bare), out: mapValues(graph.streams.out, bare) },
    world: mapValues(graph.world, node),
    nodes: mapValues(graph.nodes, node),
  };
}

/**
 * SHA-256 of a graph's canonical JSON, as lower-case hex.
 *
 * @example
 * const nodes = Object.fromEntries(Object.entries(graph.nodes).reverse());
 * digestOf(graph) === digestOf({ ...graph, nodes }) // true
 * digestOf(graph) === digestOf({ ...graph, seed: 8 }) // false
 */
export function digestOf(graph: Graph): string {
  let digest = digests.get(graph);
  if (digest === undefined) {
    digest = createHash("sha256")
      .update(canonicalJson(withoutOrigins(graph)))
      .digest("hex");
    digests.set(graph, digest);
  }
  return digest;
}

/** A graph is never changed, and is asked for its digest by everyone who keeps something of a run. */
const digests = new WeakMap<Graph, string>();
