/**
 * The static plan of a run: a checked graph as flat arrays, compiled once and never changed.
 *
 *   rank r ──► slots slotStart[r] … slotStart[r+1] (inputs)      outs outStart[r] … outStart[r+1] (outputs)
 *   out o  ──► readers: those that take a message as it is, at its own tag, read it where the output left it
 *              edges[o]: all others (a field, a delay, a gate before the slot, the world behind an out-stream) have a
 *              place of their own
 *
 * What a run remembers of a vertex lies side by side in two arrays (`memory.ts`), and the plan says where. The work of
 * a firing is small, so where its numbers lie decides what it costs: those of 10⁴ nodes stay in the cache, and in rank
 * order they are met one after the other.
 */
import { type PortName, portNamer, portRef } from "../../graph/names.js";
import { wiredAs } from "../../graph/retune.js";
import type { TypedGraph, TypedInput, TypedTrigger, Vertex } from "../../graph/typed.js";
import { fromJson } from "../../message/convert.js";
import { fieldOf } from "../../message/field.js";
import type { Message, MessageSchema } from "../../message/type.js";

/** How a firing reads a slot: as it is held, if it is young enough, or if it came at this very tag. */
export type ReadMode = "held" | "aged" | "event";

/** Where a message lies. */
export interface Place {
  /** In `memory.numbers`: its stamp; the tag of its arrival is the next, and then comes the value if it is a bare number. */
  readonly stamp_at: number;
  /** In `memory.values`: its value; −1 for a bare number, which lies among the numbers. */
  readonly value_at: number;
}

/** An input. Its place is that of the output that it reads, or its own if something stands between them. */
export interface SlotPlan extends Place {
  readonly index: number;
  readonly rank: number;
  /** The value is a bare number. */
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
  /** Of another node: it reads what a firing there read. */
  readonly like: number | undefined;
}

export type GateKind = "aligned" | "window" | "silence" | "exact" | "server" | "batch" | "young" | "like";

export interface OutPlan extends PortName, Place {
  readonly index: number;
  readonly rank: number;
  readonly port: string;
  readonly type: MessageSchema;
  /** Its messages are bare numbers. */
  readonly scalar: boolean;
  /** Held by the readers from (0, 0) on. */
  readonly initial: Message | undefined;
}

export interface EdgePlan {
  readonly slot: number;
  readonly select: ((message: Message) => Message | undefined) | undefined;
  readonly delay_ns: number | undefined;
  /** From an out-stream to the world. */
  readonly boundary: boolean;
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
  /** By slot, as in its plan. */
  readonly stamps_at: Int32Array;
  readonly values_at: Int32Array;
  /** Ranks that a message wakes, in order; those of out o from `readerStart[o]` on. */
  readonly readers: Int32Array;
  readonly readerStart: Int32Array;
  /** `LINKS` a rank: where its numbers begin, its values, its slots and its outs. */
  readonly links: Int32Array;
  /** By out: those that are no plain readers. */
  readonly edges: readonly (readonly EdgePlan[])[];
  readonly rankOf: ReadonlyMap<string, number>;
}

/** Numbers of the run, before those of the vertices: ordinal and time of the current tag, and messages sent so far. */
export const TAG = 0;
export const NOW_NS = 1;
export const EVENTS = 2;
const RUN_NUMBERS = 3;
/** Numbers of a vertex before those of its places: ordinal and time of the tag of its last firing, and its firings. */
export const FIRED = 0;
export const FIRED_NS = 1;
export const FIRINGS = 2;
const RANK_NUMBERS = 3;
/** Of a place, from its stamp on. */
export const ARRIVED = 1;
export const NUMBER = 2;
/** Links of a rank. */
export const LINKS = 4;
export const NUMBERS_AT = 0;
export const VALUES_AT = 1;
export const SLOTS_AT = 2;
export const OUTS_AT = 3;
/** Values of a vertex before those of its places: the state of a step. */
export const STATE = 0;
const RANK_VALUES = 1;

const STREAM_TRIGGER: TypedTrigger = { kind: "each", ports: ["in"] };

/** A graph that is run under the params of many episodes is compiled once, and all of them share its arrays. */
const compiled = new WeakMap<TypedGraph, Plan>();

/** Compiles a checked graph. */
export function planOf(typed: TypedGraph): Plan {
  const same = wiredAs(typed);
  let plan = compiled.get(same);
  if (plan === undefined) compiled.set(same, (plan = compile(same)));
  return same === typed ? plan : { ...plan, typed, vertices: typed.vertices };
}

function compile(typed: TypedGraph): Plan {
  const { vertices } = typed;
  const named = portNamer(typed);
  const rankOf = new Map(vertices.map(({ id }, rank) => [id, rank]));
  const triggers = vertices.map((vertex) => ("trigger" in vertex ? vertex.trigger : STREAM_TRIGGER));
  const slotStart = starts(vertices.map(({ inputs }) => inputs.length));
  const outStart = starts(vertices.map(({ outputs }) => outputs.length));
  const likes = vertices.flatMap((vertex) =>
    vertex.inputs.map(({ port }) => likeOf(vertex, port, vertices, rankOf, slotStart)),
  );
  const inputs = vertices.flatMap((vertex, rank) =>
    vertex.inputs.map((spec, i) => {
      const like = likes[slotStart[rank]! + i];
      const gate = like === undefined ? gateOf(spec, triggers[rank]!) : "like";
      return { ...inputOf(spec, vertices, rankOf, outStart, gate), like };
    }),
  );

  const links = new Int32Array(LINKS * (vertices.length + 1));
  const outs: OutPlan[] = [];
  const own: (Place | undefined)[] = [];
  let numbers = RUN_NUMBERS;
  let values = 0;
  const place = (scalar: boolean): Place => {
    const stamp_at = numbers;
    numbers += scalar ? NUMBER + 1 : NUMBER;
    return { stamp_at, value_at: scalar ? -1 : values++ };
  };
  for (const [rank, vertex] of vertices.entries()) {
    links[LINKS * rank + NUMBERS_AT] = numbers;
    links[LINKS * rank + VALUES_AT] = values;
    links[LINKS * rank + SLOTS_AT] = slotStart[rank]!;
    links[LINKS * rank + OUTS_AT] = outStart[rank]!;
    numbers += RANK_NUMBERS;
    values += RANK_VALUES;
    for (let slot = slotStart[rank]!; slot < slotStart[rank + 1]!; slot++)
      own[slot] = inputs[slot]!.plain ? undefined : place(inputs[slot]!.scalar);
    for (const { port, type, initial } of vertex.outputs) {
      const scalar = isNumber(type);
      const { ref, name, apart } = named(vertex, port);
      const { stamp_at, value_at } = place(scalar);
      outs.push({
        index: outs.length,
        rank,
        port,
        ref,
        name,
        apart,
        stamp_at,
        value_at,
        type,
        scalar,
        initial: initial === undefined ? undefined : fromJson(type, initial),
      });
    }
  }
  links.set([numbers, values, inputs.length, outs.length], LINKS * vertices.length);

  const edges: EdgePlan[][] = outs.map(() => []);
  const woken: number[][] = outs.map(() => []);
  const slots = vertices.flatMap((vertex, rank) =>
    vertex.inputs.map((spec, i) => {
      const index = slotStart[rank]! + i;
      const input = inputs[index]!;
      const { stamp_at, value_at } = own[index] ?? outs[input.out]!;
      const slot = slotPlan(vertex, input, triggers[rank]!, { index, rank, stamp_at, value_at });
      const { field } = spec.from;
      if (input.like !== undefined) return slot;
      if (!input.plain)
        edges[input.out]!.push({
          slot: index,
          select: field.length === 0 ? undefined : (message) => fieldOf(message, field),
          delay_ns: spec.delay_ns,
          boundary: spec.boundary,
        });
      else if (slot.triggers) woken[input.out]!.push(rank);
      return slot;
    }),
  );
  return {
    typed,
    vertices,
    triggers,
    slots,
    slotStart,
    max_ages_ns: Float64Array.from(slots, (slot) => slot.max_age_ns),
    stamps_at: Int32Array.from(slots, (slot) => slot.stamp_at),
    values_at: Int32Array.from(slots, (slot) => slot.value_at),
    outs,
    outStart,
    readers: Int32Array.from(woken.flat()),
    readerStart: starts(woken.map((ranks) => ranks.length)),
    links,
    edges,
    rankOf,
  };
}

/** Where each of several lists begins when they lie one behind the other, and where the last ends. */
function starts(lengths: readonly number[]): Int32Array {
  const at = new Int32Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) at[i + 1] = at[i]! + length;
  return at;
}

interface Input {
  readonly spec: TypedInput;
  readonly gate: GateKind | undefined;
  readonly scalar: boolean;
  /** What it reads. */
  readonly out: number;
  /** It reads what the output says as it is, when it says it. */
  readonly plain: boolean;
  readonly like: number | undefined;
}

function inputOf(
  spec: TypedInput,
  vertices: readonly Vertex[],
  rankOf: ReadonlyMap<string, number>,
  outStart: Int32Array,
  gate: GateKind | undefined,
): Omit<Input, "like"> {
  const { from, delay_ns, boundary, initial, type } = spec;
  const rank = rankOf.get(from.vertex)!;
  const { outputs } = vertices[rank]!;
  const i = outputs.findIndex(({ port }) => port === from.port);
  const scalar = gate === undefined && isNumber(type);
  const through = from.field.length === 0 && delay_ns === undefined && !boundary && gate === undefined;
  const plain = through && initial === undefined && scalar === isNumber(outputs[i]!.type);
  return { spec, gate, scalar, out: outStart[rank]! + i, plain };
}

const isNumber = ({ type }: MessageSchema): boolean => type === "number" || type === "integer";

function slotPlan(
  vertex: Vertex,
  { spec, gate, scalar, like }: Input,
  trigger: TypedTrigger,
  { index, rank, stamp_at, value_at }: Pick<SlotPlan, "index" | "rank" | keyof Place>,
): SlotPlan {
  const { port, initial, missing, type } = spec;
  const fallback = typeof missing === "object" ? fromJson(type, missing.default) : undefined;
  return {
    index,
    rank,
    stamp_at,
    value_at,
    scalar,
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
    like,
  };
}

/** The slot of another node that an input is read like. */
function likeOf(
  vertex: Vertex,
  port: string,
  vertices: readonly Vertex[],
  rankOf: ReadonlyMap<string, number>,
  slotStart: Int32Array,
): number | undefined {
  const ref = "signature" in vertex ? vertex.signature.reads?.[port] : undefined;
  if (ref === undefined) return undefined;
  const dot = ref.lastIndexOf(".");
  const rank = rankOf.get(ref.slice(0, dot));
  const i = rank === undefined ? -1 : vertices[rank]!.inputs.findIndex((input) => input.port === ref.slice(dot + 1));
  if (i < 0) throw new RangeError(`\`${vertex.id}\` reads \`${port}\` as \`${ref}\` does, and there is none`);
  return slotStart[rank!]! + i;
}

/** The kinds of trigger at which an arrival at a port counts. */
function isTrigger(trigger: TypedTrigger, port: string): boolean {
  if (trigger.kind === "each" || trigger.kind === "aligned") return trigger.ports.includes(port);
  return trigger.kind === "window" && trigger.port === port && trigger.every_ns === undefined;
}

function gateOf({ kind, exact, queue, max_age_ns, port }: TypedInput, trigger: TypedTrigger): GateKind | undefined {
  if (trigger.kind === "aligned" && trigger.ports.includes(port)) return "aligned";
  if (trigger.kind === "window" && trigger.port === port) return "window";
  if (trigger.kind === "silence" && trigger.port === port) return "silence";
  if (exact === true) return "exact";
  if (kind !== "event") return undefined;
  if (trigger.kind !== "each") return "batch";
  if (queue !== undefined) return "server";
  return max_age_ns === undefined ? undefined : "young";
}

/** What a gate has put in place is read as it is, but for the events that it hands on one by one. */
function modeOf({ kind, max_age_ns }: TypedInput, gate: GateKind | undefined, fallback: Message | undefined): ReadMode {
  const one = gate === undefined || gate === "server" || gate === "young" || gate === "silence";
  if (kind === "event" && one) return "event";
  if (gate === "batch" || gate === "window" || gate === "like") return "held";
  return fallback === undefined && max_age_ns === undefined ? "held" : "aged";
}
