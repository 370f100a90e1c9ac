/**
 * A region: nodes that something else can stand in for, and the boundary at which it does.
 *
 *   target ─┐  ┌──────────── region ────────────┐
 *           ├─►│ ik ─► controller ◄─ gravity    │─► controller.torque
 *   joints ─┘  └────────────────────────────────┘
 *
 * The boundary's ports are the model's ports; the trigger that the output nodes share is its trigger, and its anchor.
 */
import { isDeepStrictEqual } from "node:util";
import type { PortKind } from "../graph/catalogue.js";
import type { Graph, GraphNode, Input, Trigger } from "../graph/ir.js";
import type { NodeVertex, TypedGraph, TypedInput, TypedTrigger, Vertex } from "../graph/typed.js";
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { type Problem, problem } from "../problem/problem.js";

export interface RegionInput {
  /** Name of the stand-in's port. */
  readonly port: string;
  readonly type: MessageSchema;
  readonly kind: PortKind;
  /** How the region reads it, for the stand-in to read it alike. */
  readonly input: Input;
}

export interface RegionOutput {
  readonly port: string;
  readonly type: MessageSchema;
  readonly kind: PortKind;
  readonly node: string;
  /** The port of `node`. */
  readonly of: string;
  /** `node.port`. */
  readonly ref: string;
}

/** Where a region begins and ends, whenever what is inside fires. */
export interface Boundary {
  readonly nodes: readonly string[];
  readonly inputs: readonly (RegionInput & {
    /** Inside, those that read it. */
    readonly readers: readonly { readonly node: string; readonly port: string }[];
  })[];
  readonly outputs: readonly RegionOutput[];
}

export interface Region {
  readonly nodes: readonly string[];
  readonly inputs: readonly RegionInput[];
  readonly outputs: readonly RegionOutput[];
  /** Shared by the output nodes. */
  readonly trigger: TypedTrigger;
  /** As the graph says it, with ports renamed to those of the boundary. */
  readonly on: Trigger;
}

/**
 * The region that these nodes make, or why they make none.
 *
 * @example
 * const region = regionOf(typed, ["ik", "controller"], "substitute", "/rewrites/0/nodes");
 * "nodes" in region && region.inputs.map(({ port }) => port) // ["target", "joints", "torque"]
 */
export function regionOf(typed: TypedGraph, ids: readonly string[], rule: string, path: string): Region | Problem[] {
  const boundary = boundaryOf(typed, ids, rule, path);
  if (Array.isArray(boundary)) return boundary;
  const inside = new Set(boundary.nodes);
  const speakers = boundary.nodes
    .filter((id) => boundary.outputs.some((output) => output.node === id))
    .map((id) => typed.byId.get(id) as NodeVertex);
  const known = anchorsOf(typed, boundary);
  const anchors = speakers.map((node) => known.get(speaking(typed, node, inside).id)!);
  const first = anchors[0]!;
  const same = (one: (typeof anchors)[number]) => "on" in one && "on" in first && isDeepStrictEqual(one.on, first.on);
  if ("unknown" in first || !anchors.every(same)) {
    const nodes = speakers.map((node, i) => {
      const anchor = anchors[i]!;
      return {
        id: node.id,
        trigger: describeTrigger(node.trigger),
        within: "unknown" in anchor ? anchor.unknown : [],
      };
    });
    return [problem("L0506", { rule, nodes }, { path })];
  }
  return {
    nodes: boundary.nodes,
    inputs: boundary.inputs.map(({ port, type, kind, input }) => ({ port, type, kind, input })),
    outputs: boundary.outputs,
    ...first,
  };
}

/**
 * The boundary of these nodes, or why they have none.
 *
 * @param options with `ends`, nodes that nobody outside reads have the outputs that nobody inside reads, either
 * @example
 * const boundary = boundaryOf(typed, ["ik", "gravity"], "lower", "/nodes");
 * "outputs" in boundary && boundary.outputs.map(({ ref }) => ref) // ["ik.angles", "gravity.torque"]
 */
export function boundaryOf(
  typed: TypedGraph,
  ids: readonly string[],
  rule: string,
  path: string,
  { ends = false }: { readonly ends?: boolean } = {},
): Boundary | Problem[] {
  const nodes: NodeVertex[] = [];
  const problems: Problem[] = [];
  const known = Object.keys(typed.graph.nodes).filter((id) => !id.includes("#"));
  for (const id of new Set(ids.flatMap((id) => nodesInside(typed, id)))) {
    const vertex = typed.byId.get(id);
    if (vertex?.place === "nodes") nodes.push(vertex);
    else
      problems.push(
        problem("L0505", { rule, node: id, known, nearest: nearest(id, known), of: vertex?.place }, { path }),
      );
  }
  if (problems.length > 0) return problems;

  const inside = new Set(nodes.map((node) => node.id));
  const heard = outputsOf(typed, nodes, inside);
  const outputs = heard.length > 0 || !ends ? heard : endsOf(nodes);
  if (outputs.length === 0)
    return [
      problem(
        "L0509",
        {
          rule,
          reason: `nothing outside of ${[...inside].map((id) => `\`${id}\``).join(", ")} reads what is inside`,
          help: "Take nodes whose outputs are read by other nodes or by streams.",
        },
        { path },
      ),
    ];
  return { nodes: [...inside], inputs: inputsOf(typed, nodes, inside), outputs };
}

/** A sub-graph means the nodes in it; its own ports stay, so that whoever named them goes on reading them. */
function nodesInside(typed: TypedGraph, id: string): readonly string[] {
  if (typed.byId.has(id)) return [id];
  const found = Object.keys(typed.graph.nodes).filter((inner) => {
    const name = inner.startsWith(`${id}/`) ? inner.slice(id.length + 1) : "#";
    return !name.includes("#") && (name.includes("/") || !isRelay(typed.byId.get(inner)));
  });
  return found.length === 0 ? [id] : found;
}

export const isRelay = (vertex: Vertex | undefined): vertex is NodeVertex =>
  vertex !== undefined && "signature" in vertex && vertex.signature.relay === true;

/** Who speaks at the port of a sub-graph. */
function speaking(typed: TypedGraph, node: NodeVertex, inside: ReadonlySet<string>): NodeVertex {
  const from = isRelay(node) ? node.inputs[0]?.from.vertex : undefined;
  return from === undefined || !inside.has(from) ? node : speaking(typed, typed.byId.get(from) as NodeVertex, inside);
}

function endsOf(nodes: readonly NodeVertex[]): RegionOutput[] {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.map(({ from }) => `${from.vertex}.${from.port}`)));
  return namedOutputs(nodes, (ref) => !read.has(ref));
}

/** Every output of a lone node; of several nodes, those that somebody outside reads. */
function outputsOf(typed: TypedGraph, nodes: readonly NodeVertex[], inside: ReadonlySet<string>): RegionOutput[] {
  const read = new Set<string>();
  for (const vertex of typed.vertices)
    if (!inside.has(vertex.id) && !isRecorder(vertex))
      for (const { from } of vertex.inputs) read.add(`${from.vertex}.${from.port}`);
  for (const ref of measured(typed.graph)) read.add(ref);
  return namedOutputs(nodes, (ref) => nodes.length === 1 || read.has(ref));
}

function namedOutputs(nodes: readonly NodeVertex[], counts: (ref: string) => boolean): RegionOutput[] {
  const all = nodes.flatMap((node) =>
    node.outputs
      .filter(({ port }) => counts(`${node.id}.${port}`))
      .map(({ port, type, kind }) => ({ type, kind, node: node.id, of: port, ref: `${node.id}.${port}` })),
  );
  return named(
    all,
    (o) => o.of,
    (o) => `${o.node}_${o.of}`,
  );
}

/** A recorder takes what there is; it does not make a port part of the boundary. */
const isRecorder = (vertex: Vertex): boolean => "signature" in vertex && vertex.signature.sink;

/** Ports that the file's metrics look at. */
const measured = (graph: Graph): string[] =>
  Object.values(graph.evaluate?.metrics ?? {}).flatMap((metric) => Object.values(metric).flat().map(withoutField));

const withoutField = (ref: string) => ref.split(":")[0]!;

type BoundaryInput = Boundary["inputs"][number];

function inputsOf(typed: TypedGraph, nodes: readonly NodeVertex[], inside: ReadonlySet<string>): BoundaryInput[] {
  const crossing = nodes.flatMap((node) =>
    node.inputs.filter((typed) => !inside.has(typed.from.vertex)).map((typed) => ({ node, typed })),
  );
  if (nodes.length === 1)
    return crossing.map(({ node, typed }) => ({
      port: typed.port,
      type: typed.type,
      kind: typed.kind,
      input: authored(node, typed),
      readers: [{ node: node.id, port: typed.port }],
    }));
  // several readers of one port share one port of the boundary; the one nearest to the outputs says how it is read
  const merged = new Map<string, { node: NodeVertex; typed: TypedInput; readers: BoundaryInput["readers"] }>();
  for (const { node, typed } of crossing) {
    const key = `${authored(node, typed).from}|${typed.delay_ns ?? ""}`;
    const readers = [...(merged.get(key)?.readers ?? []), { node: node.id, port: typed.port }];
    merged.set(key, { node, typed, readers });
  }
  const all = [...merged.values()].map(({ node, typed, readers }) => ({
    type: typed.type,
    kind: typed.kind,
    input: authored(node, typed),
    readers,
    from: typed.from,
  }));
  const field = (path: readonly string[]) => path.map((part) => `_${part}`).join("");
  // what rewrites put behind a stream is read under the stream's name
  const stream = ({ vertex }: TypedInput["from"]): string | undefined => {
    const [base] = vertex.split("#");
    return typed.byId.get(base!)?.place === "in" ? base : undefined;
  };
  return named(
    all,
    ({ from }) =>
      (stream(from) ?? (from.port === "out" ? from.vertex.split("/").at(-1)! : from.port)) + field(from.field),
    ({ from }) => `${stream(from) ?? from.vertex}_${from.port}${field(from.field)}`,
  );
}

const authored = (node: NodeVertex, { port }: TypedInput): Input => {
  const { origin: _, ...input } = node.node.in[port]!;
  return input;
};

/** Gives each part its short name, and its long one where the short names collide. */
function named<T>(
  parts: readonly T[],
  short: (part: T) => string,
  long: (part: T) => string,
): (T & { port: string })[] {
  const count = new Map<string, number>();
  for (const part of parts) count.set(short(part), (count.get(short(part)) ?? 0) + 1);
  // a part of a sub-graph has `/` in its id, and a port has none
  const name = (part: T) => (count.get(short(part)) === 1 ? short(part) : long(part)).replaceAll("/", "_");
  return parts.map((part) => ({ ...part, port: name(part) }));
}

/** When a node fires, as seen from outside: at its clock, or with messages at ports of the boundary. */
type Anchor = Pick<Region, "trigger" | "on">;
/** Ports from inside of which it is not known when they come: late, not every time, or at other times than the rest. */
type NoAnchor = { readonly unknown: readonly string[] };

/** When the nodes inside fire. Who fires on what another inside says at once fires when that one does. */
export function anchorsOf(typed: TypedGraph, { nodes, inputs }: Boundary): ReadonlyMap<string, Anchor | NoAnchor> {
  const inside = new Set(nodes);
  const known = new Map<string, Anchor | NoAnchor>();
  // in rank order: who speaks at the tag at which it is heard comes before who hears it
  for (const node of typed.vertices)
    if (inside.has(node.id)) known.set(node.id, anchorOf(typed, node as NodeVertex, inputs, known, inside));
  return known;
}

function anchorOf(
  typed: TypedGraph,
  node: NodeVertex,
  inputs: readonly BoundaryInput[],
  known: ReadonlyMap<string, Anchor | NoAnchor>,
  inside: ReadonlySet<string>,
): Anchor | NoAnchor {
  const { trigger } = node;
  if (trigger.kind === "clock") return { trigger, on: authoredClock(node.node, trigger) };
  if (trigger.kind !== "each") return { unknown: [] };
  const unknown: string[] = [];
  const ports = new Set<string>();
  const clocks: Anchor[] = [];
  for (const port of trigger.ports) {
    const input = node.inputs.find((own) => own.port === port);
    const from = input && typed.byId.get(input.from.vertex);
    if (input === undefined || from === undefined || !inside.has(from.id)) {
      const boundary = inputs.find(({ readers }) =>
        readers.some((read) => read.node === node.id && read.port === port),
      );
      if (boundary !== undefined) ports.add(boundary.port);
      continue;
    }
    const anchor = speaksAtOnce(from, input) ? known.get(from.id) : undefined;
    if (anchor === undefined || "unknown" in anchor) unknown.push(port);
    else if (anchor.trigger.kind !== "each") clocks.push(anchor);
    else for (const name of anchor.trigger.ports) ports.add(name);
  }
  const [first, ...others] = clocks;
  if (unknown.length > 0) return { unknown };
  if (first !== undefined) {
    const same = ports.size === 0 && others.every(({ on }) => isDeepStrictEqual(on, first.on));
    return same ? first : { unknown: trigger.ports };
  }
  // in the order of the boundary: two nodes that fire on the same ports have the same trigger
  const each = inputs.map(({ port }) => port).filter((port) => ports.has(port));
  return { trigger: { kind: "each", ports: each }, on: { each } };
}

/** Whether a node has said by the end of its firing what another fires on: the port of a sub-graph passes on all, an event may stay out. */
function speaksAtOnce(from: Vertex, { from: read, delay_ns, queue }: TypedInput): from is NodeVertex {
  if (!("signature" in from) || from.latency !== undefined || delay_ns !== undefined || queue !== undefined)
    return false;
  return from.outputs.some(({ port, kind }) => port === read.port && kind === "signal") || isRelay(from);
}

function authoredClock(node: GraphNode, { period_ns, phase_ns }: Extract<TypedTrigger, { kind: "clock" }>): Trigger {
  if (node.on !== undefined && "clock" in node.on) return node.on;
  const phase = phase_ns === 0 ? {} : { phase: `${phase_ns}ns` };
  return { clock: `${1e9 / period_ns}hz`, ...phase };
}

export function describeTrigger(trigger: TypedTrigger): string {
  if (trigger.kind === "clock") return `at ${Number((1e9 / trigger.period_ns).toPrecision(6))} Hz`;
  if (trigger.kind === "each") return `on each ${trigger.ports.join(", ")}`;
  return "by itself";
}
