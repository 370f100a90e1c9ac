/**
 * The mutable state of a run: one object a vertex, with its inputs as slots and its outputs as lists of edges.
 *
 * `wire()` compiles a checked graph into these once; the loop in `engine.ts` then only follows references.
 */

import type { Subject } from "rxjs";
import type { Instance } from "../component/component.js";
import type { TypedGraph, TypedInput, TypedTrigger, Vertex } from "../graph/typed.js";
import { fromJson } from "../message/convert.js";
import { fieldOf } from "../message/field.js";
import type { Message, MessageSchema } from "../message/type.js";
import type { PortDigest } from "./digest.js";
import type { Transit } from "./transit.js";

/** One message of a port. */
export interface Sample {
  readonly time_ns: number;
  readonly microstep: number;
  readonly stamp_ns: number;
  readonly message: Message;
}

/** What an input holds. */
export interface Slot {
  readonly spec: TypedInput;
  readonly port: string;
  /** The value exists only at its own tag. */
  readonly event: boolean;
  readonly optional: boolean;
  /** Held and of any age: what a firing reads changes with an arrival only. */
  readonly plain: boolean;
  /** The component's inputs hold the value already. */
  shown: boolean;
  /** Older values count as missing; infinite where nothing is said. */
  readonly max_age_ns: number;
  value: Message | undefined;
  stamp_ns: number;
  /** Ordinal of the tag at which the value came; −1: held from the start, or never. */
  arrived: number;
  /** Event inputs of clocked nodes: what came since the last firing. */
  queue: Message[] | undefined;
  /** Messages that a full queue pushed out. */
  dropped: number;
  /** Value when there is none. */
  readonly fallback: Message | undefined;
}

/** From an output to an input. */
export interface Edge {
  readonly to: VertexState;
  readonly slot: Slot;
  readonly select: ((message: Message) => Message | undefined) | undefined;
  /** An arrival makes the consumer fire. */
  readonly triggers: boolean;
}

/** An edge over which messages take time. */
export interface DelayedEdge {
  readonly edge: Edge;
  readonly delay_ns: number;
  readonly transit: Transit;
}

export interface OutState {
  readonly name: string;
  readonly port: string;
  readonly type: MessageSchema;
  /** Edges that deliver at the same tag, and those with a delay. */
  readonly now: Edge[];
  readonly delayed: DelayedEdge[];
  /** Edges out to the world: theirs begins where the link of the stream ends. */
  readonly world: Edge[];
  readonly worldDelayed: DelayedEdge[];
  digest: PortDigest | undefined;
  subject: Subject<Sample> | undefined;
  validate: ((message: Message) => void) | undefined;
}

export interface VertexState {
  readonly vertex: Vertex;
  readonly rank: number;
  readonly slots: readonly Slot[];
  readonly outs: readonly OutState[];
  readonly out: { readonly [port: string]: OutState };
  readonly trigger: TypedTrigger;
  readonly clocked: boolean;
  instance: Instance | undefined;
  /** Ordinal and time of the tag of the last firing, and of the one before; −1 when there was none. */
  fired: number;
  fired_ns: number;
  firedBefore: number;
  firedBefore_ns: number;
  firings: number;
  /** Firings cancelled because an input was missing, by port. */
  readonly skipped: Map<string, number>;
  /** Runs one firing at the current tag. */
  fire: () => void | Promise<void>;
}

const NO_TRIGGER: TypedTrigger = { kind: "each", ports: ["in"] };

/** The name by which a user knows a port: `torque` for a stream, `controller.torque` for a node. */
export const portName = (vertex: Vertex, port: string): string =>
  vertex.place === "in" || vertex.place === "out" ? vertex.id : `${vertex.id}.${port}`;

/** Compiles a checked graph into linked state. */
export const wire = (typed: TypedGraph): VertexState[] => typed.vertices.map(vertexState);

/** Joins the states by edges; those with a delay get what `transitOf` gives them. */
export function connect(states: readonly VertexState[], transitOf: (edge: Edge, name: string) => Transit): void {
  const byId = new Map(states.map((state) => [state.vertex.id, state]));
  for (const to of states)
    for (const slot of to.slots) {
      const { from, delay_ns, boundary } = slot.spec;
      const source = byId.get(from.vertex)!.out[from.port]!;
      const path = from.field;
      const edge: Edge = {
        to,
        slot,
        select: path.length === 0 ? undefined : (message) => fieldOf(message, path),
        triggers: to.trigger.kind === "each" && to.trigger.ports.includes(slot.port),
      };
      if (delay_ns === undefined) (boundary ? source.world : source.now).push(edge);
      else {
        const transit = transitOf(edge, portName(to.vertex, slot.port));
        (boundary ? source.worldDelayed : source.delayed).push({ edge, delay_ns, transit });
      }
    }
}

function vertexState(vertex: Vertex): VertexState {
  const trigger = "trigger" in vertex ? vertex.trigger : NO_TRIGGER;
  const clocked = trigger.kind === "clock";
  const slots = vertex.inputs.map(
    (spec): Slot => ({
      spec,
      port: spec.port,
      event: spec.kind === "event",
      optional: spec.optional,
      plain: spec.kind === "signal" && spec.max_age_ns === undefined && typeof spec.missing !== "object",
      shown: false,
      max_age_ns: spec.max_age_ns ?? Number.POSITIVE_INFINITY,
      value: spec.initial === undefined ? undefined : fromJson(spec.type, spec.initial),
      stamp_ns: spec.initial === undefined ? Number.NaN : 0,
      arrived: -1,
      queue: spec.kind === "event" && clocked ? [] : undefined,
      dropped: 0,
      fallback: typeof spec.missing === "object" ? fromJson(spec.type, spec.missing.default) : undefined,
    }),
  );
  const outs = vertex.outputs.map(
    ({ port, type }): OutState => ({
      name: portName(vertex, port),
      port,
      type,
      now: [],
      delayed: [],
      world: [],
      worldDelayed: [],
      digest: undefined,
      subject: undefined,
      validate: undefined,
    }),
  );
  return {
    vertex,
    rank: vertex.rank,
    slots,
    outs,
    out: Object.fromEntries(vertex.outputs.map(({ port }, i) => [port, outs[i]!])),
    trigger,
    clocked,
    instance: undefined,
    fired: -1,
    fired_ns: -1,
    firedBefore: -1,
    firedBefore_ns: -1,
    firings: 0,
    skipped: new Map(),
    fire: () => {},
  };
}
