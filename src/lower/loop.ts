/**
 * The closed loop as one graph: a step of it is a tick of world and policy together, and gives the state of the next.
 *
 *     state_in ─► world ─► in-streams ─► nodes ─► out-streams ─► (a microstep later: held for the next tick) ─► state_out
 *                   ▲                      ▲
 *                   └ fed: what is drawn   └ fed: what depends on nothing in the loop
 *
 * Streams of the loop keep their contracts: a latency is a delay, and what is lost is told as any draw is. Jitter is left out,
 * and so is what the world loses of out-streams. What is made of ops that have gradients is differentiable, the plant included.
 */
import type { Component, TensorSetup } from "../component/component.js";
import { DRAWN, drawnType } from "../component/draws.js";
import { listSize, readingOf } from "../component/tensor/list.js";
import { RELAY } from "../graph/inline.js";
import { formatRef, parseRef } from "../graph/ref.js";
import type { NodeVertex, TypedGraph, TypedInput, Vertex } from "../graph/typed.js";
import { formatField, selectField } from "../message/field.js";
import type { Json, MessageSchema } from "../message/type.js";
import type { Model } from "../onnx/ir.js";
import { optimised } from "../onnx/optimise.js";
import { portable } from "../onnx/portable.js";
import { fail, LimbeckError, type Problem, problem } from "../problem/problem.js";
import type { Clock } from "./clocks.js";
import type { StateFacts } from "./emit/state.js";
import { LINK, link } from "./link.js";
import { type LowerOptions, lowerNodes } from "./lower.js";
import type { LowerRegion, PortIn, PortOut } from "./region.js";

export interface LoopOptions extends LowerOptions {
  /** Ports whose values every step gives: `torque` and `arm.tip` as `act.torque`, `act.arm.tip`, `arm.joints:velocity` as `act.arm.joints@velocity`. */
  readonly outputs: readonly string[];
  /**
   * Nodes that the loop is about: what depends on none of them says the same whatever they do, and is fed; and so is what
   * nodes of the loop draw (default: everything is in the loop, and nothing in it may draw).
   */
  readonly about?: readonly string[];
}

/** Messages of a port, or of a field of it, so much later. */
export interface LoopPort {
  /** `obs.target` (with `.fresh`, `.age`) is read by the loop, `act.target` is one of the outputs that it is asked for. */
  readonly name: string;
  /** As it was asked for, or as a graph file would say it. */
  readonly ref: string;
  readonly vertex: string;
  readonly port: string;
  readonly field: readonly string[];
  /** Of the field. */
  readonly type: MessageSchema;
  readonly delay_ns: number;
  /** Held before the first message. */
  readonly initial?: Json;
}

/** What a loop is told at each tick: what a node of it draws there. */
export interface FedDraws {
  readonly name: string;
  readonly node: string;
  readonly size: number;
}

export interface LoweredLoop {
  /**
   * Inputs `state_in.*`, `reset`, `obs.*` as `fed` and `draws` say, and `dt`, `time` where they are read; outputs
   * `act.<port>[:<part>]`, `act.<port>.valid` where a port may be silent at a step, `state_out.*`. Weights of model nodes are
   * initializers `<node>/<name>`.
   */
  readonly model: Model;
  readonly state: readonly StateFacts[];
  /** A step is a tick of it. */
  readonly base: Clock;
  readonly dt: boolean;
  readonly time: boolean;
  readonly outputs: readonly LoopPort[];
  /** Ids of all that is in it. */
  readonly inside: ReadonlySet<string>;
  /** What it is told at each tick, as its inputs find it; outputs that are not of its making among it. */
  readonly fed: readonly LoopPort[];
  readonly draws: readonly FedDraws[];
}

/**
 * World and policy as one step.
 *
 * What `evaluate.starts` set per row are initial states (`starts.ts`), what is fed comes from runs (`fed.ts`), and
 * `follow.ts` runs rows of them side by side.
 *
 * @throws LimbeckError L0873 for a world that cannot be lowered; L0860 to L0868
 */
export function lowerLoop(typed: TypedGraph, options: LoopOptions): LoweredLoop {
  const { about, component } = options;
  const asked = options.outputs.map((ref) => outputOf(typed, ref));
  const inside = insideOf(typed, asked, about);
  const drawing = about === undefined ? [] : drawingNodes(typed, inside, component);
  const closed = asOne(typed, inside, drawing);
  const outputs = asked.filter(({ node }) => inside.has(node));
  const { region, fed } = loopRegion(closed, inside, outputs);
  const { g, schedule, emitted } = lowerNodes(closed, region, { ...options, component: told(component) });
  const problems = schedule.on.map((port) => between(region, port));
  if (problems.length > 0) throw new LimbeckError(problems);
  if (schedule.base === undefined) {
    const [{ id, path }] = region.nodes as [NodeVertex];
    return fail("L0873", { node: id, reason: "it does not fire at the ticks of a clock" }, { path });
  }
  const written = g.model();
  return {
    model: portable({ ...written, graph: optimised(written.graph) }),
    state: emitted.state,
    base: schedule.base,
    dt: emitted.dt,
    time: emitted.time,
    outputs: asked.map(loopPort),
    inside,
    fed: [...fed, ...asked.filter(({ node }) => !inside.has(node)).map(loopPort)],
    draws: drawing.map(({ id, size }) => ({ name: `obs.${id}${DRAWN}`, node: id, size })),
  };
}

/** A port of the graph that every step gives. */
function outputOf(typed: TypedGraph, ref: string): PortOut {
  const { id = "", port = "out", field = [] } = parseRef(ref) ?? {};
  const output = typed.byId.get(id)?.outputs.find((candidate) => candidate.port === port);
  const type = output && selectField(output.type, field);
  if (output === undefined || type === undefined) {
    const known = typed.vertices.flatMap((v) => v.outputs.map((o) => (o.port === "out" ? v.id : `${v.id}.${o.port}`)));
    return fail("L0606", { port: ref, known, nearest: undefined });
  }
  const { kind, initial } = output;
  const found = { port: nameOf(id, port, field), ref, type, kind, node: id, of: port, field };
  return initial === undefined ? found : { ...found, initial };
}

/** A field is no part of its port here: `joints@velocity` beside `joints:velocity`. */
const nameOf = (vertex: string, port: string, field: readonly string[], delay_ns?: number): string =>
  [formatRef(vertex, port === "out" ? undefined : port), formatField(field), delay_ns ?? ""]
    .join("@")
    .replace(/@+$/, "");

const loopPort = ({ port: name, ref, node, of, field, type, initial }: PortOut): LoopPort => ({
  name: `act.${name}`,
  ref,
  vertex: node,
  port: of,
  field,
  type,
  delay_ns: 0,
  ...heldField(initial, field),
});

/** What a field holds from the start on. */
function heldField(initial: Json | undefined, field: readonly string[]): { readonly initial?: Json } {
  const part = field.reduce<Json | undefined>(
    (at, name) => (at === undefined ? undefined : (at as { readonly [name: string]: Json })[name]),
    initial,
  );
  return part === undefined ? {} : { initial: part };
}

/**
 * What the outputs depend on and what depends on the nodes it is about; and what is read message by message, which no
 * values at ticks can stand for.
 */
function insideOf(typed: TypedGraph, outputs: readonly PortOut[], about: readonly string[] | undefined): Set<string> {
  const above = new Set(outputs.map(({ node }) => node));
  for (const id of above) for (const { from } of typed.byId.get(id)!.inputs) above.add(from.vertex);
  if (about === undefined) return above;
  const below = new Set(about);
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const { id, inputs } of typed.vertices) if (inputs.some(({ from }) => below.has(from.vertex))) below.add(id);
  }
  const inside = new Set([...above].filter((id) => below.has(id)));
  for (const id of inside) {
    const vertex = typed.byId.get(id)!;
    for (const input of vertex.inputs)
      if (keepsAll(vertex, input) && !isSource(typed, input)) inside.add(input.from.vertex);
  }
  return inside;
}

const keepsAll = (vertex: Vertex, { port, kind, exact }: TypedInput): boolean =>
  kind === "event" || exact === true || ("node" in vertex && listSize(port, readingOf(vertex)) !== undefined);

const isSource = (typed: TypedGraph, { from }: TypedInput): boolean => {
  const vertex = typed.byId.get(from.vertex)!;
  return "node" in vertex && vertex.trigger.kind === "source";
};

const setupOf = (vertex: NodeVertex): TensorSetup => ({
  node: vertex.id,
  params: vertex.signature.params,
  inputs: Object.fromEntries(vertex.inputs.map(({ port, type }) => [port, type])),
  ...readingOf(vertex),
});

/** Whether it may lose what it carries from the world. */
const isLossy = ({ place, contract, outputs }: Exclude<Vertex, NodeVertex>): boolean =>
  place === "in" && contract.loss > 0 && outputs[0]!.kind === "signal";

/** The nodes that have no tensors but by what they draw, and streams that lose messages. */
const drawingNodes = (
  typed: TypedGraph,
  inside: ReadonlySet<string>,
  component: LowerOptions["component"],
): { readonly id: string; readonly size: number }[] =>
  typed.vertices.flatMap((vertex) => {
    if (!inside.has(vertex.id)) return [];
    if (!("node" in vertex)) return isLossy(vertex) ? [{ id: vertex.id, size: 1 }] : [];
    try {
      const draws = component(vertex.node.component)?.draws?.(setupOf(vertex));
      return draws === undefined ? [] : [{ id: vertex.id, size: draws.size }];
    } catch (error) {
      if (!(error instanceof LimbeckError)) throw error;
      throw new LimbeckError(error.problems.map((p) => ({ path: vertex.path, ...p })));
    }
  });

/** Components that are told what they draw, where they draw. */
const told =
  (component: LowerOptions["component"]): LowerOptions["component"] =>
  (name) => {
    if (name === LINK) return link;
    const found = component(name);
    if (found?.draws === undefined) return found;
    const tensor: Component["tensor"] = (setup) =>
      setup.inputs[DRAWN] === undefined ? found.tensor?.(setup) : found.draws!(withoutDraws(setup))!.program;
    return { ...found, tensor };
  };

const withoutDraws = (setup: TensorSetup): TensorSetup => {
  const { [DRAWN]: _, ...inputs } = setup.inputs;
  return { ...setup, inputs };
};

/** The graph with the streams of the loop as ports that pass on, and its world and nodes in one place. */
function asOne(
  typed: TypedGraph,
  inside: ReadonlySet<string>,
  drawing: readonly { readonly id: string; readonly size: number }[],
): TypedGraph {
  const vertices = typed.vertices.map((vertex): Vertex => {
    if (!inside.has(vertex.id)) return vertex;
    const inputs = vertex.inputs.map((input) => crossing(typed, vertex, input));
    const draws = drawing.find(({ id }) => id === vertex.id);
    const told = draws === undefined ? inputs : [...inputs, drawsInput(vertex, draws.size)];
    if ("node" in vertex) return { ...vertex, place: "nodes", inputs: told };
    const relay = relayed({ ...vertex, inputs });
    return draws === undefined ? relay : lossy(relay, told, vertex.contract.loss);
  });
  return { ...typed, vertices, byId: new Map(vertices.map((v) => [v.id, v])) };
}

/** The input at which a node is told what it draws. */
const drawsInput = ({ id, path }: Vertex, size: number): TypedInput => ({
  port: DRAWN,
  path,
  kind: "signal",
  optional: false,
  type: drawnType(size),
  from: { vertex: `${id}${DRAWN}`, port: "out", field: [] },
  missing: "skip",
  boundary: false,
});

/** A microstep is over long before the next tick. */
const MICROSTEP_NS = 1;

/** What crosses the boundary comes later: by the latency of its stream, or at least by a microstep. */
function crossing(typed: TypedGraph, vertex: Vertex, input: TypedInput): TypedInput {
  if (input.boundary) {
    const stream = typed.byId.get(input.from.vertex)!;
    const latency_ns = stream.place === "out" ? stream.contract.latency_ns : 0;
    const held = heldField(stream.outputs[0]!.initial, input.from.field);
    return { ...held, ...input, boundary: false, delay_ns: Math.max(latency_ns, MICROSTEP_NS) };
  }
  if (vertex.place === "in" && vertex.contract.latency_ns > 0)
    return { ...input, delay_ns: vertex.contract.latency_ns };
  return input;
}

const relayed = ({
  id,
  rank,
  path,
  inputs,
  outputs,
  inserted,
}: Extract<Vertex, { place: "in" | "out" }>): NodeVertex => {
  const ports = Object.fromEntries(outputs.map(({ port, type, kind }) => [port, { type, kind }]));
  const read = Object.fromEntries(inputs.map(({ port, type, kind }) => [port, { type, kind, optional: true }]));
  return {
    id,
    rank,
    path,
    inputs: inputs.map((input) => ({ ...input, optional: true })),
    outputs,
    inserted,
    place: "nodes",
    node: { component: RELAY, in: {}, params: {} },
    trigger: { kind: "each", ports: inputs.map(({ port }) => port) },
    signature: {
      inputs: read,
      outputs: ports,
      params: {},
      source: false,
      place: "anywhere",
      pure: true,
      stateful: false,
      sink: false,
      relay: true,
    },
  };
};

/** The stream that a relay stands for, as a node that is told what is lost. */
function lossy(relay: NodeVertex, inputs: readonly TypedInput[], loss: number): NodeVertex {
  const { relay: _, ...signature } = relay.signature;
  const params = { loss };
  return {
    ...relay,
    inputs: inputs.map((input) => ({ ...input, optional: false })),
    node: { ...relay.node, component: LINK, params },
    signature: { ...signature, params },
  };
}

interface LoopRegion {
  readonly region: LowerRegion;
  readonly fed: readonly LoopPort[];
}

function loopRegion(typed: TypedGraph, inside: ReadonlySet<string>, outputs: readonly PortOut[]): LoopRegion {
  const nodes = typed.vertices.filter((v): v is NodeVertex => inside.has(v.id));
  const problems = nodes.flatMap(({ id, path, trigger, inputs }) => {
    const reason =
      trigger.kind === "source"
        ? "it is a source of data"
        : inputs.some(
              ({ delay_ns, port }) =>
                delay_ns === MICROSTEP_NS && trigger.kind === "each" && trigger.ports.includes(port),
            )
          ? "it fires on an out-stream, between two steps: give it a clock"
          : undefined;
    return reason === undefined ? [] : [problem("L0873", { node: id, reason }, { path })];
  });
  if (problems.length > 0) throw new LimbeckError(problems);
  const ports = new Map<string, { port: PortIn; readers: PortIn["readers"][number][]; fed: LoopPort | undefined }>();
  for (const node of nodes)
    for (const input of node.inputs) {
      if (inside.has(input.from.vertex)) continue;
      const { port, fed } = portOf(typed, input);
      const known = ports.get(port.port);
      const readers = known?.readers ?? [];
      readers.push({ node: node.id, port: input.port });
      if (known === undefined) ports.set(port.port, { port: { ...port, readers }, readers, fed });
    }
  return {
    region: { nodes, inside, inputs: [...ports.values()].map(({ port }) => port), outputs, left_out: [] },
    fed: [...ports.values()].flatMap(({ fed }) => fed ?? []),
  };
}

/** An input of the loop: of the same messages, so late, one for all who read them. */
function portOf(typed: TypedGraph, input: TypedInput): { readonly port: PortIn; readonly fed: LoopPort | undefined } {
  const { from, delay_ns, type, kind } = input;
  const { vertex, port, field } = from;
  // what a node draws comes from nowhere
  const output = typed.byId.get(vertex)?.outputs.find((candidate) => candidate.port === port);
  const held: { readonly initial?: Json } =
    delay_ns === undefined
      ? heldField(output?.initial, field)
      : input.initial === undefined
        ? {}
        : { initial: input.initial };
  const ref = formatRef(vertex, port === "out" ? undefined : port, field);
  const name = nameOf(vertex, port, field, delay_ns);
  const read = {
    port: name,
    ref,
    type,
    kind,
    from,
    held: output === undefined || held.initial !== undefined,
    readers: [],
    ...(delay_ns === undefined ? {} : { delay: `${delay_ns}ns` }),
  };
  const fed = { name: `obs.${name}`, ref, vertex, port, field, type, delay_ns: delay_ns ?? 0, ...held };
  return { port: read, fed: output === undefined ? undefined : fed };
}

/** A message that a step would have to hear of where it comes, and not at the next tick. */
function between({ inputs, nodes }: LowerRegion, port: string): Problem {
  const { ref, readers } = inputs.find((input) => input.port === port)!;
  const { id, path } = nodes.find(({ id }) => id === readers[0]!.node)!;
  const reason = `it is told of every message of \`${ref}\`, also between two steps: give it a clock`;
  return problem("L0873", { node: id, reason }, { path });
}
