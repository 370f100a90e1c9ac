/**
 * The closed loop as one graph: a step of it is a tick of world and policy together, and gives the state of the next.
 *
 *     state_in ─► world ─► in-streams ─► nodes ─► out-streams ─► (a microstep later: held for the next tick) ─► state_out
 *
 * Streams keep their contracts perfectly, as with `--ideal`: a latency is a delay, jitter and loss are left out. What is
 * made of ops that have gradients is differentiable, the plant included.
 */
import { RELAY } from "../graph/inline.js";
import { parseRef } from "../graph/ref.js";
import type { NodeVertex, TypedGraph, TypedInput, Vertex } from "../graph/typed.js";
import { selectField } from "../message/field.js";
import type { Model } from "../onnx/ir.js";
import { optimised } from "../onnx/optimise.js";
import { portable } from "../onnx/portable.js";
import { fail, LimbeckError, problem } from "../problem/problem.js";
import type { Clock } from "./clocks.js";
import type { StateFacts } from "./emit/state.js";
import { type LowerOptions, lowerNodes } from "./lower.js";
import type { LowerRegion, PortOut } from "./region.js";

export interface LoopOptions extends LowerOptions {
  /** Ports whose values every step gives, as `act.<port>`: `torque`, `arm.tip`, `arm.joints:velocity`. */
  readonly outputs: readonly string[];
  /** In-streams that the caller feeds, as `obs.<stream>` and `obs.<stream>.fresh`, in the place of the world behind them. */
  readonly inputs?: readonly string[];
}

export interface LoweredLoop {
  /**
   * Inputs `state_in.*`, `reset`, and `dt`, `time` where they are read; outputs `act.<port>[:<part>]`, `act.<port>.valid`
   * where a port may be silent at a step, `state_out.*`. Weights of model nodes are initializers `<node>/<name>`.
   */
  readonly model: Model;
  readonly state: readonly StateFacts[];
  /** A step is a tick of it. */
  readonly base: Clock;
  readonly dt: boolean;
  readonly time: boolean;
  readonly outputs: readonly string[];
}

/**
 * World and policy as one step.
 *
 * What `evaluate.starts` set per row are initial states (`starts.ts`), and `follow.ts` runs them side by side.
 *
 * @throws LimbeckError L0873 for a world that cannot be lowered; L0860 to L0868
 */
export function lowerLoop(typed: TypedGraph, options: LoopOptions): LoweredLoop {
  const fed = new Set(options.inputs ?? []);
  const region = loopRegion(asOne(typed, fed), options.outputs, fed);
  const closed = region.typed;
  const { g, schedule, emitted } = lowerNodes(closed, region, options);
  if (schedule.base === undefined || schedule.on.length > 0)
    return fail(
      "L0873",
      { node: region.nodes[0]!.id, reason: "it does not fire at the ticks of a clock" },
      { path: region.nodes[0]!.path },
    );
  const written = g.model();
  return {
    model: portable({ ...written, graph: optimised(written.graph) }),
    state: emitted.state,
    base: schedule.base,
    dt: emitted.dt,
    time: emitted.time,
    outputs: options.outputs,
  };
}

/** The graph with streams as ports that pass on, and world and nodes in one place. */
function asOne(typed: TypedGraph, fed: ReadonlySet<string>): TypedGraph {
  const vertices = typed.vertices.map((vertex): NodeVertex => {
    const inputs = vertex.inputs.map((input) => crossing(typed, vertex, input));
    if (vertex.place === "in" || vertex.place === "out")
      return relayed({ ...vertex, inputs: fed.has(vertex.id) ? [] : inputs });
    return { ...vertex, place: "nodes", inputs };
  });
  return { ...typed, vertices, byId: new Map(vertices.map((v) => [v.id, v])) };
}

/** A microstep is over long before the next tick. */
const MICROSTEP_NS = 1;

/** What crosses the boundary comes later: by the latency of its stream, or at least by a microstep. */
function crossing(typed: TypedGraph, vertex: Vertex, input: TypedInput): TypedInput {
  if (input.boundary) {
    const stream = typed.byId.get(input.from.vertex)!;
    const latency_ns = stream.place === "out" ? stream.contract.latency_ns : 0;
    const { initial } = stream.outputs[0]!;
    const held = input.initial ?? initial;
    return {
      ...input,
      boundary: false,
      delay_ns: Math.max(latency_ns, MICROSTEP_NS),
      ...(held === undefined ? {} : { initial: held }),
    };
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

/** What these ports depend on, all of it. */
function loopRegion(
  typed: TypedGraph,
  refs: readonly string[],
  fed: ReadonlySet<string>,
): LowerRegion & { readonly typed: TypedGraph } {
  const outputs = refs.map((ref): PortOut => {
    const { id = "", port = "out", field = [] } = parseRef(ref) ?? {};
    const output = typed.byId.get(id)?.outputs.find((candidate) => candidate.port === port);
    const type = output && selectField(output.type, field);
    if (output === undefined || type === undefined) {
      const known = typed.vertices.flatMap((v) =>
        v.outputs.map((o) => (o.port === "out" ? v.id : `${v.id}.${o.port}`)),
      );
      return fail("L0606", { port: ref, known, nearest: undefined });
    }
    const { kind, initial } = output;
    return { port: ref, ref, type, kind, node: id, of: port, field, ...(initial === undefined ? {} : { initial }) };
  });
  const inside = new Set<string>();
  const queue = outputs.map(({ node }) => node);
  for (const id of queue) {
    if (inside.has(id) || fed.has(id)) continue;
    inside.add(id);
    for (const { from } of typed.byId.get(id)!.inputs) queue.push(from.vertex);
  }
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
  const inputs = [...fed].map((id) => {
    const {
      outputs: [output],
    } = typed.byId.get(id)!;
    const readers = nodes.flatMap((node) =>
      node.inputs.flatMap(({ port, from }) => (from.vertex === id ? [{ node: node.id, port }] : [])),
    );
    const { type, kind, initial } = output!;
    const from = { vertex: id, port: "out", field: [] };
    return { port: id, ref: id, type, kind, from, held: initial !== undefined, readers };
  });
  return { typed, nodes, inside, inputs, outputs, left_out: [] };
}
