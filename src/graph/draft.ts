/**
 * The checker's working form of a graph: vertices and edges, filled in check by check.
 *
 * A part with a problem is marked (`wrong`, no `signature`, no `type`), and later checks pass over what hangs on it:
 * one mistake, one problem.
 */
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { pathTo } from "../problem/path.js";
import { type Args, type Code, type Origin, type Problem, problem, type Where } from "../problem/problem.js";
import type { Catalogue, PortSignature, Signature } from "./catalogue.js";
import type { Graph, GraphNode, Input, InStream, OutStream, Ref } from "./ir.js";
import type { TypedContract, TypedInput, TypedLatency, TypedRestart, TypedTrigger } from "./typed.js";

export type Place = "world" | "in" | "nodes" | "out";

export interface Draft {
  readonly graph: Graph;
  readonly catalogue: Catalogue;
  /** In declaration order: world, in-streams, nodes, out-streams. */
  readonly vertices: readonly DraftVertex[];
  readonly byId: ReadonlyMap<string, DraftVertex>;
  /** Ids that more than one vertex has. */
  readonly twice: ReadonlySet<string>;
  readonly problems: Problem[];
  /** Names that may still be compared for "did you mean": in a large graph that is all wrong, later problems go without. */
  comparisons: number;
  /** The vertices in rank order. */
  order: readonly DraftVertex[];
}

export interface DraftVertex {
  readonly id: string;
  readonly place: Place;
  readonly path: string;
  /** Position in declaration order. */
  readonly index: number;
  readonly origins: readonly Origin[];
  readonly node?: GraphNode;
  readonly stream?: InStream | OutStream;
  readonly inputs: DraftInput[];
  /** Edges that read this vertex. */
  readonly readers: DraftInput[];
  /** What the component looks like; streams have none. Absent on nodes whose component has a problem. */
  signature?: Signature;
  /** The message type of a stream. */
  type?: MessageSchema;
  trigger?: TypedTrigger;
  /** Of a stream. */
  contract?: TypedContract;
  latency?: TypedLatency;
  restart?: TypedRestart;
  timeout_ns?: number;
}

export interface DraftInput {
  readonly vertex: DraftVertex;
  readonly port: string;
  readonly path: string;
  readonly ref: Ref;
  /** IR path of the reference itself. */
  readonly refPath: string;
  readonly origins: readonly Origin[];
  readonly input?: Input;
  /** What is read; absent when the reference leads nowhere. */
  from?: { readonly vertex: DraftVertex; readonly port: string | undefined; readonly field: readonly string[] };
  /** The world reads an out-stream: one microstep later. */
  boundary: boolean;
  /** Type of what is read, after field selection; absent when it cannot be told. */
  type?: MessageSchema;
  delay_ns?: number;
  max_age_ns?: number;
  queue?: NonNullable<TypedInput["queue"]>;
}

const MAX_COMPARISONS = 200_000;

/** The nearest of the candidates, while comparisons are left. */
export function suggest(draft: Draft, name: string, candidates: readonly string[]): string | undefined {
  if (draft.comparisons < candidates.length) return undefined;
  draft.comparisons -= candidates.length;
  return nearest(name, candidates);
}

/** Adds a problem about a part, with the chain of rewrites that inserted it. */
export function report<C extends Code>(
  draft: Draft,
  code: C,
  args: Args<C>,
  part: Pick<DraftVertex, "origins"> | DraftVertex,
  path: string,
  more: Pick<Where, "of" | "related"> = {},
): void {
  const where: Where = {
    path,
    // a part as a whole is pointed at by its name
    ...("readers" in part && part.path === path ? { of: "key" as const } : {}),
    ...more,
    ...(part.origins.length === 0 ? {} : { origins: part.origins }),
  };
  draft.problems.push(problem(code, args, where));
}

/** Vertices in declaration order, inputs not yet resolved. */
export function draftOf(graph: Graph, catalogue: Catalogue): Draft {
  const vertices: DraftVertex[] = [];
  const byId = new Map<string, DraftVertex>();
  const twice = new Set<string>();
  const add = (
    id: string,
    place: Place,
    base: string,
    part: { origin?: Origin },
    rest: Pick<DraftVertex, "node" | "stream">,
  ) => {
    const origins = part.origin === undefined ? [] : [part.origin];
    const vertex: DraftVertex = {
      id,
      place,
      path: pathTo(base, id),
      index: vertices.length,
      origins,
      inputs: [],
      readers: [],
      ...rest,
    };
    vertices.push(vertex);
    // of two with one id the first is meant; the check of ids tells of the second
    if (byId.has(id)) twice.add(id);
    else byId.set(id, vertex);
    return vertex;
  };
  const addInput = (vertex: DraftVertex, port: string, path: string, ref: Ref, input?: Input) => {
    const origins = input?.origin === undefined ? vertex.origins : [input.origin];
    vertex.inputs.push({
      vertex,
      port,
      path,
      ref,
      refPath: input === undefined ? path : `${path}/from`,
      origins,
      boundary: false,
      ...(input === undefined ? {} : { input }),
    });
  };
  const addNodes = (ids: { readonly [id: string]: GraphNode }, place: "world" | "nodes") => {
    for (const [id, node] of Object.entries(ids)) {
      const vertex = add(id, place, `/${place}`, node, { node });
      for (const [port, input] of Object.entries(node.in)) {
        const path = pathTo(vertex.path, "in", port);
        addInput(vertex, port, path, input.from, input);
      }
    }
  };
  addNodes(graph.world, "world");
  for (const [id, stream] of Object.entries(graph.streams.in)) {
    const vertex = add(id, "in", "/streams/in", stream, { stream });
    if (stream.simulate !== undefined) addInput(vertex, "in", pathTo(vertex.path, "simulate"), stream.simulate);
  }
  addNodes(graph.nodes, "nodes");
  for (const [id, stream] of Object.entries(graph.streams.out)) {
    const vertex = add(id, "out", "/streams/out", stream, { stream });
    addInput(vertex, "in", pathTo(vertex.path, "from"), stream.from);
  }
  return { graph, catalogue, vertices, byId, twice, comparisons: MAX_COMPARISONS, problems: [], order: vertices };
}

/** What a vertex gives at a port: streams have one output, `out`. */
export function outputOf(vertex: DraftVertex, port: string): PortSignature | undefined {
  if (vertex.stream !== undefined)
    return vertex.type === undefined ? undefined : { type: vertex.type, kind: vertex.stream.kind ?? "signal" };
  const outputs = vertex.signature?.outputs;
  return outputs !== undefined && Object.hasOwn(outputs, port) ? outputs[port] : undefined;
}

/** What a vertex takes at a port: streams have one input, `in`. */
export function inputOf(vertex: DraftVertex, port: string): PortSignature | undefined {
  if (vertex.stream !== undefined)
    return vertex.type === undefined ? undefined : { type: vertex.type, kind: vertex.stream.kind ?? "signal" };
  const inputs = vertex.signature?.inputs;
  return inputs !== undefined && Object.hasOwn(inputs, port) ? inputs[port] : undefined;
}

/** How a vertex is spoken of: "stream `joints`", "`arm`, inserted …" comes from origins. */
export const describePlace: Record<Place, string> = {
  world: "a node of the world",
  in: "an in-stream",
  nodes: "a node",
  out: "an out-stream",
};
