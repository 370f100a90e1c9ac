/**
 * The names by which a run knows its ports: an authored name means the effective value, after every rule.
 *
 *     joints ──► joints#noise ──► joints#loss ──► readers
 *     └ `joints#raw`              └ `joints`
 */
import type { Ref } from "./ir.js";
import type { TypedGraph, Vertex } from "./typed.js";

/** A port as a graph file would refer to it: `torque` for a stream, `controller.torque` for a node. */
export const portRef = (vertex: Vertex, port: string): Ref =>
  vertex.place === "in" || vertex.place === "out" ? vertex.id : `${vertex.id}.${port}`;

export interface PortName {
  /** Where it is read. */
  readonly ref: Ref;
  /** What it is called: `ref`, or the authored name that it stands for. */
  readonly name: string;
  /** One of the world, an inserted one, or what an authored port said before a rule changed it: it is in no digest of the run. */
  readonly apart: boolean;
}

/**
 * Names the outputs of a graph.
 *
 * @example
 * const name = portNamer({ ...typed, effective: new Map([["joints", "joints#loss.value"]]) });
 * name(typed.byId.get("joints")!, "out").name // "joints#raw"
 */
export function portNamer({ effective = new Map() }: Pick<TypedGraph, "effective">) {
  const authored = new Map<Ref, string>();
  for (const [name, ref] of effective) if (!authored.has(ref)) authored.set(ref, name);
  return (vertex: Vertex, port: string): PortName => {
    const ref = portRef(vertex, port);
    const world = vertex.place === "world";
    const name = authored.get(ref);
    if (name !== undefined) return { ref, name, apart: world };
    if (effective.has(ref)) return { ref, name: `${ref}#raw`, apart: true };
    return { ref, name: ref, apart: world || vertex.inserted };
  };
}
