/**
 * The static plan of a run: a checked graph as flat arrays, compiled once and never changed.
 *
 *   rank r ──► slots slotStart[r] … slotStart[r+1] (inputs)      outs outStart[r] … outStart[r+1] (outputs)
 *   out o  ──► readers: slots that take a message as it is, at its own tag
 *              edges[o]: all others (a field, a delay, a gate before the slot, the world behind an out-stream)
 *
 * What a run remembers of a vertex lies side by side in two arrays (`memory.ts`), and the plan says where. The work of
 * a firing is small, so where its numbers lie decides what it costs: of 10⁴ nodes they stay in the cache.
 */
import { type PortName, portNamer, portRef } from "../../graph/names.js";
import type { TypedGraph, TypedInput, TypedTrigger, Vertex } from "../../graph/typed.js";
import { fromJson } from "../../message/convert.js";
import { fieldOf } from "../../message/field.js";
import type { Message, MessageSchema } from "../../message/type.js";

/** How a firing reads a slot: as it is held, if it is young enough, or if it came at this very tag. */
export type ReadMode = "held" | "aged" | "event";

export interface SlotPlan {
  readonly index: number;
  readonly rank: number;
  /** Where the value lies in `memory.values`. */
  readonly value_at: number;
  /** Where the stamp lies in `memory.numbers`; the tag of its arrival is the next, and then comes the value if it is a bare number. */
  readonly stamp_at: number;
  /** The value is a bare number, and lies among the numbers. */
  readonly scalar: boolean;
  readonly port: string;
  /** `controller.joints`. */
  readonly name: string;
  readonly spec: TypedInput;
  readonly mode: ReadMode;
  /** A firing can do without it. */
  readonly optional: boolean;
  /** An arrival makes the node fire, and its stamp counts for the outputs'. */
  readonly triggers: boolean;
  /** What stands before the slot: it decides what arrives there, and when. */
  readonly gate: GateKind | undefined;
  /** Older values count as missing; infinite where nothing is said. */
  readonly max_age_ns: number;
  readonly initial: Message | undefined;
  /** Value when there is none. */
  readonly fallback: Message | undefined;
}

export type GateKind = "aligned" | "window" | "silence" | "exact" | "server" | "batch";

export interface OutPlan extends PortName {
  readonly index: number;
  readonly rank: number;
  readonly port: string;
  readonly type: MessageSchema;
  /** Held by the readers from (0, 0) on. */
  readonly initial: Message | undefined;
}

export interface EdgePlan {
  readonly slot: number;
  readonly select: ((message: Message) => Message | undefined) | undefined;
  readonly delay_ns: number | undefined;
  /** From an out-stream to the world. */
  readonly boundary: boolean;
  readonly plain: boolean;
}

export interface Plan {
  readonly typed: TypedGraph;
  /** In rank order. */
  readonly vertices: readonly Vertex[];
  readonly triggers: readonly TypedTrigger[];
  readonly slots: readonly SlotPlan[];
  readonly slotStart: Int32Array;
  /** By slot, as in its plan. */
  readonly max_ages_ns: Float64Array;
  readonly outs: readonly OutPlan[];
  readonly outStart: Int32Array;
  /**
   * Three a reader: where its value lies (`~value_at` for a bare number, which lies behind its stamp), where its stamp lies,
   * and the rank that an arrival wakes, or −1.
   */
  readonly readers: Int32Array;
  /** By where their values lie, as in `readers`. */
  readonly slotAt: ReadonlyMap<number, SlotPlan>;
  /** By out: where its readers begin. */
  readonly readerStart: Int32Array;
  /** `LINKS` a rank: where its numbers begin, its values, and its outs. */
  readonly links: Int32Array;
  /** By out. */
  readonly edges: readonly (readonly EdgePlan[])[];
  readonly rankOf: ReadonlyMap<string, number>;
}

/** Numbers of the run, before those of the vertices: ordinal and time of the current tag, and messages sent so far. */
export const TAG = 0;
export const NOW_NS = 1;
export const EVENTS = 2;
const RUN_NUMBERS = 3;
/** Numbers of a vertex before those of its slots: ordinal and time of the tag of its last firing, and its firings. */
export const FIRED = 0;
export const FIRED_NS = 1;
export const FIRINGS = 2;
const RANK_NUMBERS = 3;
const SLOT_NUMBERS = 3;
/** Of a slot, from its stamp on. */
export const ARRIVED = 1;
export const NUMBER = 2;
/** Links of a rank. */
export const LINKS = 3;
export const NUMBERS_AT = 0;
export const VALUES_AT = 1;
export const OUTS_AT = 2;
/** Values of a vertex before those of its slots: the state of a step. */
export const STATE = 0;
const RANK_VALUES = 1;

const STREAM_TRIGGER: TypedTrigger = { kind: "each", ports: ["in"] };

/** Compiles a checked graph. */
export function planOf(typed: TypedGraph): Plan {
  const { vertices } = typed;
  const named = portNamer(typed);
  const rankOf = new Map(vertices.map(({ id }, rank) => [id, rank]));
  const triggers = vertices.map((vertex) => ("trigger" in vertex ? vertex.trigger : STREAM_TRIGGER));
  const slots: SlotPlan[] = [];
  const outs: OutPlan[] = [];
  const slotStart = new Int32Array(vertices.length + 1);
  const outStart = new Int32Array(vertices.length + 1);
  const links = new Int32Array(LINKS * (vertices.length + 1));
  links[NUMBERS_AT] = RUN_NUMBERS;
  vertices.forEach((vertex, rank) => {
    for (const spec of vertex.inputs) slots.push(slotPlan(vertex, spec, triggers[rank]!, slots.length, rank));
    const at = LINKS * rank;
    links[at + LINKS + NUMBERS_AT] = links[at + NUMBERS_AT]! + RANK_NUMBERS + SLOT_NUMBERS * vertex.inputs.length;
    links[at + LINKS + VALUES_AT] = links[at + VALUES_AT]! + RANK_VALUES + vertex.inputs.length;
    for (const { port, type, initial } of vertex.outputs)
      outs.push({
        index: outs.length,
        rank,
        port,
        ...named(vertex, port),
        type,
        initial: initial === undefined ? undefined : fromJson(type, initial),
      });
    slotStart[rank + 1] = slots.length;
    outStart[rank + 1] = outs.length;
    links[at + LINKS + OUTS_AT] = outs.length;
  });

  const edges: EdgePlan[][] = outs.map(() => []);
  for (const { index, spec, gate } of slots) {
    const { from, delay_ns, boundary } = spec;
    const rank = rankOf.get(from.vertex)!;
    const out = vertices[rank]!.outputs.findIndex(({ port }) => port === from.port) + outStart[rank]!;
    const path = from.field;
    edges[out]!.push({
      slot: index,
      select: path.length === 0 ? undefined : (message) => fieldOf(message, path),
      delay_ns,
      boundary,
      plain: path.length === 0 && delay_ns === undefined && !boundary && gate === undefined,
    });
  }
  const plain = edges.map((list) => list.filter((edge) => edge.plain).map((edge) => edge.slot));
  const readerStart = new Int32Array(outs.length + 1);
  for (const [out, list] of plain.entries()) readerStart[out + 1] = readerStart[out]! + 3 * list.length;
  const readers = Int32Array.from(
    plain.flat().flatMap((slot) => {
      const { value_at, stamp_at, scalar, triggers, rank } = slots[slot]!;
      return [scalar ? ~value_at : value_at, stamp_at, triggers ? rank : -1];
    }),
  );
  return {
    typed,
    vertices,
    triggers,
    slots,
    slotStart,
    max_ages_ns: Float64Array.from(slots, (slot) => slot.max_age_ns),
    outs,
    outStart,
    readers,
    slotAt: new Map(slots.map((slot) => [slot.scalar ? ~slot.value_at : slot.value_at, slot])),
    readerStart,
    links,
    edges: edges.map((list) => list.filter((edge) => !edge.plain)),
    rankOf,
  };
}

function slotPlan(vertex: Vertex, spec: TypedInput, trigger: TypedTrigger, index: number, rank: number): SlotPlan {
  const gate = gateOf(spec, trigger);
  const { port, initial, missing, type } = spec;
  const fallback = typeof missing === "object" ? fromJson(type, missing.default) : undefined;
  return {
    index,
    rank,
    // every vertex before it has its own numbers and a value, and every slot before it has three and one
    value_at: RANK_VALUES * (rank + 1) + index,
    stamp_at: RUN_NUMBERS + RANK_NUMBERS * (rank + 1) + SLOT_NUMBERS * index,
    scalar: gate === undefined && (type.type === "number" || type.type === "integer"),
    port,
    name: portRef(vertex, port),
    spec,
    mode: modeOf(spec, gate, fallback),
    optional: spec.optional || (trigger.kind === "silence" && trigger.port === port),
    triggers: isTrigger(trigger, port),
    gate,
    max_age_ns: spec.max_age_ns ?? Number.POSITIVE_INFINITY,
    initial: initial === undefined ? undefined : fromJson(type, initial),
    fallback,
  };
}

/** The kinds of trigger at which an arrival at a port counts. */
function isTrigger(trigger: TypedTrigger, port: string): boolean {
  if (trigger.kind === "each" || trigger.kind === "aligned") return trigger.ports.includes(port);
  return trigger.kind === "window" && trigger.port === port && trigger.every_ns === undefined;
}

function gateOf({ kind, exact, queue, port }: TypedInput, trigger: TypedTrigger): GateKind | undefined {
  if (trigger.kind === "aligned" && trigger.ports.includes(port)) return "aligned";
  if (trigger.kind === "window" && trigger.port === port) return "window";
  if (trigger.kind === "silence" && trigger.port === port) return "silence";
  if (exact === true) return "exact";
  if (kind !== "event") return undefined;
  if (trigger.kind !== "each") return "batch";
  return queue === undefined ? undefined : "server";
}

/** What a gate has put in place is read as it is, but for the events that it hands on one by one. */
function modeOf({ kind, max_age_ns }: TypedInput, gate: GateKind | undefined, fallback: Message | undefined): ReadMode {
  if (kind === "event" && (gate === undefined || gate === "server" || gate === "silence")) return "event";
  if (gate === "batch" || gate === "window") return "held";
  return fallback === undefined && max_age_ns === undefined ? "held" : "aged";
}
