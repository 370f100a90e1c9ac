/**
 * What is lowered: nodes in the order in which they fire, and the ports at their boundary.
 *
 *     --nodes a,b   the ports that the region shares with the graph around it, named as for a stand-in (decision 0002)
 *     --all         from in-streams to out-streams: every node that an out-stream depends on, outputs named after the streams
 */

import type { PortKind } from "../graph/catalogue.js";
import type { NodeVertex, TypedGraph, TypedInput } from "../graph/typed.js";
import type { Json, MessageSchema } from "../message/type.js";
import { LimbeckError, problem } from "../problem/problem.js";
import { type Boundary, boundaryOf } from "../rewrite/region.js";

/** A port of the graph that the region reads. Delays and what is held before them stay outside: the port is read through them. */
export interface PortIn {
  readonly port: string;
  readonly ref: string;
  readonly type: MessageSchema;
  readonly kind: PortKind;
  readonly from: TypedInput["from"];
  readonly delay?: string;
  readonly initial?: Json;
  /** There is a value from the start on. */
  readonly held: boolean;
  readonly readers: Boundary["inputs"][number]["readers"];
}

/** A port of the graph that the region gives. */
export interface PortOut {
  readonly port: string;
  readonly ref: string;
  readonly type: MessageSchema;
  readonly kind: PortKind;
  readonly node: string;
  /** The port of `node`. */
  readonly of: string;
  readonly field: readonly string[];
  /** An out-stream that it is. */
  readonly stream?: string;
  /** Held from the start on. */
  readonly initial?: Json;
}

export interface LowerRegion {
  /** In rank order. */
  readonly nodes: readonly NodeVertex[];
  readonly inside: ReadonlySet<string>;
  readonly inputs: readonly PortIn[];
  readonly outputs: readonly PortOut[];
  /** Nodes that were asked for and that nothing outside depends on. */
  readonly left_out: readonly string[];
}

export type LowerSpec = { readonly nodes: readonly string[] } | { readonly all: true };

/**
 * The region that is meant.
 *
 * @throws LimbeckError L0505, L0509 for nodes that are no region, L0861 for a graph without out-streams
 */
export function lowerRegion(typed: TypedGraph, spec: LowerSpec): LowerRegion {
  const asked = "all" in spec ? systemNodes(typed) : spec.nodes;
  const boundary = boundaryOf(typed, asked, "lower", "/nodes", { ends: true });
  if (Array.isArray(boundary)) throw new LimbeckError(boundary);
  const outputs = "all" in spec ? streamOutputs(typed) : boundary.outputs.map((output) => nodeOutput(typed, output));
  const inside = needed(typed, new Set(boundary.nodes), outputs);
  const nodes = typed.vertices.filter((v): v is NodeVertex => v.place === "nodes" && inside.has(v.id));
  return {
    nodes,
    inside,
    outputs,
    inputs: boundary.inputs.flatMap((input) => {
      const readers = input.readers.filter(({ node }) => inside.has(node));
      const [first] = readers;
      if (first === undefined) return [];
      const { from } = readOf(typed, first);
      const { port, type, kind } = input;
      const { delay, initial } = input.input;
      return [
        {
          port,
          type,
          kind,
          from,
          readers,
          ref: input.input.from,
          held: (delay === undefined ? heldAt(typed, from) : initial) !== undefined,
          ...(delay === undefined ? {} : { delay }),
          ...(delay === undefined || initial === undefined ? {} : { initial }),
        },
      ];
    }),
    left_out: boundary.nodes.filter((id) => !inside.has(id)),
  };
}

const readOf = (typed: TypedGraph, { node, port }: PortIn["readers"][number]): TypedInput =>
  typed.byId.get(node)!.inputs.find((input) => input.port === port)!;

const heldAt = (typed: TypedGraph, { vertex, port }: TypedInput["from"]): Json | undefined =>
  typed.byId.get(vertex)!.outputs.find((output) => output.port === port)?.initial;

/** Every node that an out-stream depends on: recorders and checks beside them are no part of the system's answer. */
function systemNodes(typed: TypedGraph): string[] {
  const outputs = streamOutputs(typed);
  if (outputs.length === 0) throw new LimbeckError([problem("L0861", { graph: typed.graph.name })]);
  const all = new Set<string>();
  const faults = new Set<string>();
  for (const vertex of typed.vertices) {
    if (vertex.place !== "nodes") continue;
    if (isFaultOfWorld(typed, vertex, faults)) faults.add(vertex.id);
    else all.add(vertex.id);
  }
  return [...needed(typed, all, outputs)];
}

/** A fault that is injected into an in-stream is the world's: the policy is given what came of it, as the nodes are. */
const isFaultOfWorld = (typed: TypedGraph, { node, inputs }: NodeVertex, faults: ReadonlySet<string>): boolean =>
  node.origin?.rule === "inject-fault" &&
  inputs.length > 0 &&
  inputs.every(({ from }) => faults.has(from.vertex) || typed.byId.get(from.vertex)!.place === "in");

const streamOutputs = (typed: TypedGraph): PortOut[] =>
  typed.vertices.flatMap((vertex): PortOut[] => {
    if (vertex.place !== "out") return [];
    const [read] = vertex.inputs;
    const source = read && typed.byId.get(read.from.vertex);
    if (read === undefined || source?.place !== "nodes") return [];
    const { type, kind, initial } = vertex.outputs[0]!;
    return [
      {
        port: vertex.id,
        ref: vertex.stream.from,
        type,
        kind,
        node: read.from.vertex,
        of: read.from.port,
        field: read.from.field,
        stream: vertex.id,
        ...(initial === undefined ? {} : { initial }),
      },
    ];
  });

function nodeOutput(typed: TypedGraph, { port, ref, type, kind, node, of }: Boundary["outputs"][number]): PortOut {
  const initial = heldAt(typed, { vertex: node, port: of, field: [] });
  return { port, ref, type, kind, node, of, field: [], ...(initial === undefined ? {} : { initial }) };
}

/** Those of the nodes that these outputs depend on. */
function needed(typed: TypedGraph, among: ReadonlySet<string>, outputs: readonly PortOut[]): Set<string> {
  const found = new Set<string>();
  const queue = outputs.map(({ node }) => node);
  for (const id of queue) {
    if (found.has(id) || !among.has(id)) continue;
    found.add(id);
    for (const { from } of typed.byId.get(id)!.inputs) queue.push(from.vertex);
  }
  return found;
}

/** The boundary's port that an input of a node inside reads; undefined when it reads another node inside. */
export const boundaryPort = (region: LowerRegion, node: string, port: string): PortIn | undefined =>
  region.inputs.find(({ readers }) => readers.some((read) => read.node === node && read.port === port));
