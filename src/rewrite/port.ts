/** Ports as rules and commands name them: `node.port`, a stream, or a node alone when it has a single output. */
import type { TypedGraph, TypedOutput, Vertex } from "../graph/typed.js";

export interface NamedPort {
  /** The name in full, as a graph file would write it. */
  readonly ref: string;
  readonly vertex: Vertex;
  readonly output: TypedOutput;
}

/** Finds a port by name; undefined when there is none. */
export function findPort(typed: TypedGraph, name: string): NamedPort | undefined {
  const [id, port] = split(name);
  const vertex = typed.byId.get(id);
  if (vertex === undefined) return undefined;
  const outputs = vertex.outputs;
  const output =
    port === undefined ? (outputs.length === 1 ? outputs[0] : undefined) : outputs.find((o) => o.port === port);
  if (output === undefined) return undefined;
  return { ref: refOf(vertex, output.port), vertex, output };
}

/** The names of all ports, for "did you mean". */
export const portNames = (typed: TypedGraph): string[] =>
  typed.vertices.flatMap((vertex) => vertex.outputs.map(({ port }) => refOf(vertex, port)));

export const refOf = (vertex: Vertex, port: string): string =>
  vertex.place === "in" || vertex.place === "out" ? vertex.id : `${vertex.id}.${port}`;

function split(name: string): [string, string | undefined] {
  const dot = name.indexOf(".");
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}
