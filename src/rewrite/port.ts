/** Ports as rules and commands name them: `node.port`, a stream, either with `:field`; a node alone if it has one output. */

import type { PortKind } from "../graph/catalogue.js";
import { formatRef, parseRef } from "../graph/ref.js";
import { effectivePort } from "../graph/relay.js";
import type { TypedGraph, Vertex } from "../graph/typed.js";
import { selectField } from "../message/field.js";
import type { MessageSchema } from "../message/type.js";
import { effective } from "./rewire.js";

export interface NamedPort {
  /** The name in full, as a graph file would write it. */
  readonly ref: string;
  /** Where its effective value is read: the port itself, or what rules have put behind it. */
  readonly from: string;
  readonly vertex: Vertex;
  /** Output of `vertex`. */
  readonly port: string;
  /** After the selection of a field. */
  readonly type: MessageSchema;
  readonly kind: PortKind;
}

/**
 * Finds a port by name; undefined when there is none.
 *
 * @example
 * findPort(typed, "joints:position")?.type // { tensor: [2], dtype: "float64", unit: "rad", wraps: true }
 * findPort(typed, "controller")?.ref // "controller.torque"
 * findPort(typed, "legs") // undefined
 */
export function findPort(typed: TypedGraph, name: string): NamedPort | undefined {
  const parsed = parseRef(effectivePort(name, (id) => typed.byId.has(id)));
  const vertex = parsed && typed.byId.get(parsed.id);
  if (vertex === undefined) return undefined;
  const { outputs } = vertex;
  const only = outputs.length === 1 ? outputs[0] : undefined;
  const output = parsed!.port === undefined ? only : outputs.find((o) => o.port === parsed!.port);
  const type = output && selectField(output.type, parsed!.field);
  if (output === undefined || type === undefined) return undefined;
  const ref = refOf(vertex, output.port, parsed!.field);
  return { ref, from: effective(typed.graph, ref), vertex, port: output.port, type, kind: output.kind };
}

/** The names of all authored ports, for "did you mean". */
export const portNames = (typed: TypedGraph): string[] =>
  typed.vertices
    .filter(({ id }) => !id.includes("#"))
    .flatMap((vertex) => vertex.outputs.map(({ port }) => refOf(vertex, port)));

/** The name of a vertex's output in a graph file. */
export const refOf = (vertex: Vertex, port: string, field: readonly string[] = []): string =>
  formatRef(vertex.id, isStream(vertex) ? undefined : port, field);

export const isStream = (vertex: Vertex): boolean => vertex.place === "in" || vertex.place === "out";
