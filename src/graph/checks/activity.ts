/**
 * How often every vertex fires and speaks, told from the graph alone: never, or between two bounds.
 *
 *   clocks, sources ──► who can fire at all (least fixpoint) ──► rates, clocks and ages in rank order (narrowed fixpoint)
 *
 * "Never" is proven: nothing that a component does could make such a vertex fire. Rates assume that a node speaks at
 * every firing, since what a component leaves out is not known here. Linear in vertices and edges.
 */
import { type Draft, type DraftInput, type DraftVertex, inputOf } from "../draft.js";
import type { InStream } from "../ir.js";
import { parseRate } from "../quantity.js";
import type { TypedContract, TypedLatency } from "../typed.js";

/** What stands behind in-streams: the world, or real addresses. */
export type Mode = "simulation" | "live";

/** When something happens: firings of a vertex, messages of a port, arrivals at an input. */
export interface Flow {
  readonly least_hz: number;
  /** Infinite where nothing is known. */
  readonly most_hz: number;
  /** Equal roots happen at the very same tags. */
  readonly root: string;
  /** The times are exactly those of a clock. */
  readonly clock?: Clock;
  /** How old the stamps are by then, at least. */
  readonly age_ns: number;
}

export interface Clock {
  readonly period_ns: number;
  readonly phase_ns: number;
}

export interface Activity {
  readonly mode: Mode;
  /** False: the vertex can never fire. What has a problem already counts as able to. */
  canFire(vertex: DraftVertex): boolean;
  /** What waits for a message at this input will wait for ever. */
  isDry(input: DraftInput): boolean;
  /** A firing cannot do without a message at this input. */
  isNeeded(input: DraftInput): boolean;
  /** The trigger cannot fire, whatever else comes. */
  isTriggerDead(vertex: DraftVertex): boolean;
  /** Firings of a vertex that can fire. */
  fires(vertex: DraftVertex): Flow;
  /** Messages on their way out of it, its latency passed. */
  speaks(vertex: DraftVertex): Flow;
  /** Arrivals at an input. */
  arrives(input: DraftInput): Flow;
}

/** Rounds in which rates are narrowed; every one of them gives bounds that hold. */
const MAX_ROUNDS = 4;

const UNKNOWN = { least_hz: 0, most_hz: Number.POSITIVE_INFINITY, age_ns: 0 } as const;
const NEVER = { least_hz: 0, most_hz: 0, age_ns: 0 } as const;

/** What a stream promises of itself, or the port of a sub-graph that stands where the stream was. */
export function contractOf(vertex: DraftVertex): Pick<TypedContract, "rate_hz" | "range"> | undefined {
  if (vertex.stream !== undefined) return vertex.contract;
  if (vertex.signature?.relay !== true) return undefined;
  const { rate, range } = vertex.signature.params as { rate?: string; range?: [number, number] };
  const rate_hz = rate === undefined ? undefined : parseRate(rate).value;
  return { ...(rate_hz === undefined ? {} : { rate_hz }), ...(range === undefined ? {} : { range }) };
}

/** The latency of a firing, on average. */
export function meanLatency_ns(latency: TypedLatency | undefined): number {
  if (latency === undefined) return 0;
  if (latency.kind === "constant") return latency.ns;
  if (latency.kind === "normal") return latency.mean_ns;
  return latency.values_ns.reduce((sum, ns) => sum + ns, 0) / latency.values_ns.length;
}

/** The input ports at which a message makes the vertex fire. */
export function triggerPorts({ node, trigger }: DraftVertex): readonly string[] {
  if (node === undefined) return ["in"];
  if (trigger?.kind === "each" || trigger?.kind === "aligned") return trigger.ports;
  return trigger?.kind === "window" && trigger.every_ns === undefined ? [trigger.port] : [];
}

/** Edges that exist in a mode: live, there is no world. */
const isCut = (mode: Mode, { vertex }: DraftInput): boolean =>
  mode === "live" && (vertex.place === "in" || vertex.place === "world");

/** A firing that has no value here does not take place. A reader of a sub-graph's port takes over what is said there. */
function isNeeded(input: DraftInput): boolean {
  const { vertex, port } = input;
  if (vertex.node === undefined || vertex.signature?.relay === true) return false;
  const takes = inputOf(vertex, port);
  if (takes === undefined || takes.optional === true) return false;
  const { trigger } = vertex;
  if (trigger === undefined || (trigger.kind === "silence" && trigger.port === port)) return false;
  // what came since the last firing, which may be nothing
  if (takes.kind === "event" && trigger.kind !== "each" && !triggerPorts(vertex).includes(port)) return false;
  if (trigger.kind === "window" && trigger.port === port) return false;
  if (input.input?.missing !== undefined) return typeof input.input.missing !== "object" && !holdsInitial(input);
  return !readThrough(input).some((edge) => typeof edge.input?.missing === "object" || holdsInitial(edge));
}

/** An input, and those behind it by which ports of sub-graphs read. */
export function readThrough(input: DraftInput): readonly DraftInput[] {
  const chain = new Set([input]);
  for (const { from } of chain) {
    const behind = from?.vertex.signature?.relay === true ? from.vertex.inputs[0] : undefined;
    if (behind !== undefined) chain.add(behind);
  }
  return [...chain];
}

/** There is a value from the start; one that is delayed has it by another check. */
function holdsInitial({ input, from }: DraftInput): boolean {
  if (from === undefined || input?.initial !== undefined || input?.delay !== undefined) return true;
  const { stream, node } = from.vertex;
  if (stream !== undefined) return stream.initial !== undefined;
  return from.port !== undefined && node?.initial !== undefined && Object.hasOwn(node.initial, from.port);
}

/** How a vertex is set off. */
function waitsFor(vertex: DraftVertex): "nothing" | "any" | "all" {
  if (vertex.node === undefined) return "all";
  const { trigger, signature } = vertex;
  if (signature === undefined || trigger === undefined || signature.wakes === true) return "nothing";
  if (trigger.kind === "each") return "any";
  return triggerPorts(vertex).length > 0 ? "all" : "nothing";
}

/** The least fixpoint: a vertex can fire once what it waits for can come. */
function ableToFire(draft: Draft, mode: Mode): ReadonlySet<DraftVertex> {
  const able = new Set<DraftVertex>();
  const lacking = new Map<DraftVertex, number>();
  const set = new Map<DraftVertex, boolean>();
  const roles = new Map<DraftInput, { needed: boolean; triggers: boolean }>();
  const queue: DraftVertex[] = [];
  const look = (vertex: DraftVertex) => {
    if (able.has(vertex) || lacking.get(vertex)! > 0 || !set.get(vertex)) return;
    able.add(vertex);
    queue.push(vertex);
  };
  const arrive = (input: DraftInput) => {
    const { vertex } = input;
    const { needed, triggers } = roles.get(input)!;
    if (needed || (triggers && waitsFor(vertex) === "all")) lacking.set(vertex, lacking.get(vertex)! - 1);
    if (triggers) set.set(vertex, true);
  };
  for (const vertex of draft.vertices) {
    const kind = hasOwnSource(vertex, mode) ? "nothing" : waitsFor(vertex);
    const ports = new Set(kind === "nothing" ? [] : triggerPorts(vertex));
    let count = 0;
    for (const input of vertex.inputs) {
      const needed = vertex.signature?.wakes !== true && isNeeded(input);
      const triggers = ports.has(input.port) && !isCut(mode, input);
      roles.set(input, { needed, triggers });
      if (needed || (triggers && kind === "all")) count++;
    }
    const dead = isSilent(vertex, mode) !== undefined;
    lacking.set(vertex, dead ? Number.POSITIVE_INFINITY : count);
    set.set(vertex, kind === "nothing");
  }
  for (const vertex of draft.vertices) for (const input of vertex.inputs) if (input.from === undefined) arrive(input);
  for (const vertex of draft.vertices) look(vertex);
  for (const vertex of queue)
    for (const edge of vertex.readers) {
      if (isLost(edge)) continue;
      arrive(edge);
      look(edge.vertex);
    }
  return able;
}

/** A live stream hears from outside. */
const hasOwnSource = ({ place, stream }: DraftVertex, mode: Mode): boolean =>
  mode === "live" && (place === "world" || (place === "in" && (stream as InStream).live !== undefined));

/** Why an in-stream can never speak, whatever is connected to it. */
export function isSilent({ place, stream, contract }: DraftVertex, mode: Mode): "loss" | "no source" | undefined {
  if (place !== "in") return undefined;
  if (contract?.loss === 1) return "loss";
  const { simulate, live } = stream as InStream;
  return (mode === "simulation" ? simulate : live) === undefined ? "no source" : undefined;
}

/** The link of an out-stream to the world loses every message. */
const isLost = ({ boundary, from }: DraftInput): boolean => boundary && from?.vertex.contract?.loss === 1;

/** The activity of a graph in a mode. */
export function activityOf(draft: Draft, mode: Mode): Activity {
  const able = ableToFire(draft, mode);
  const flows = new Map<DraftVertex, { fires: Flow; speaks: Flow }>();

  const speaks = (vertex: DraftVertex): Flow => {
    if (!able.has(vertex)) return { ...NEVER, root: vertex.id };
    return flows.get(vertex)?.speaks ?? { ...UNKNOWN, root: vertex.id };
  };
  const arrives = (input: DraftInput): Flow => {
    if (input.from === undefined) return { ...UNKNOWN, root: input.path };
    const { vertex } = input.from;
    const flow = speaks(vertex);
    const delay_ns = input.delay_ns ?? 0;
    const late = delay_ns === 0 ? flow : later(flow, delay_ns, input.path);
    return input.boundary ? overLink(late, vertex.contract, `${vertex.id}→`) : late;
  };
  const firing = (vertex: DraftVertex): Flow => {
    const { place, trigger, signature, id } = vertex;
    const unknown = { ...UNKNOWN, root: id };
    if (place === "out") return arrives(vertex.inputs[0]!);
    if (place === "in") {
      const rate = vertex.contract?.rate_hz;
      const promised = rate === undefined ? unknown : { ...unknown, least_hz: rate, most_hz: rate };
      if (mode === "live") return promised;
      const fed = arrives(vertex.inputs[0]!);
      const known = Number.isFinite(fed.most_hz) ? fed : { ...promised, age_ns: fed.age_ns };
      return overLink(known, vertex.contract, id);
    }
    if (signature === undefined || trigger === undefined || signature.wakes === true) return unknown;
    if (trigger.kind === "clock") {
      const rate = 1e9 / trigger.period_ns;
      const { period_ns, phase_ns } = trigger;
      return { least_hz: rate, most_hz: rate, root: id, clock: { period_ns, phase_ns }, age_ns: 0 };
    }
    if (trigger.kind === "source") return unknown;
    if (trigger.kind === "silence") {
      const watched = vertex.inputs.find((i) => i.port === trigger.port);
      const most = watched === undefined ? Number.POSITIVE_INFINITY : arrives(watched).most_hz;
      const longest = 1e9 / trigger.for_ns;
      return { ...unknown, most_hz: most === 0 ? longest : Math.min(longest, most) };
    }
    if (trigger.kind === "window" && trigger.every_ns !== undefined)
      return { ...unknown, most_hz: 1e9 / trigger.every_ns };
    const ports = new Set(triggerPorts(vertex));
    const coming = vertex.inputs.filter((i) => ports.has(i.port)).map(arrives);
    const some = coming.filter((flow) => flow.most_hz > 0);
    if (trigger.kind === "aligned")
      return { ...unknown, most_hz: Math.min(...coming.map((f) => f.most_hz)), age_ns: youngest(some) };
    if (trigger.kind === "window") {
      const { least_hz, most_hz } = union(some, id);
      const every = trigger.every_count ?? 1;
      return { ...unknown, least_hz: least_hz / every, most_hz: most_hz / every, age_ns: youngest(some) };
    }
    // what waits in a queue is taken when the node is free
    const queued = vertex.inputs.some((i) => ports.has(i.port) && i.queue !== undefined);
    const { clock, ...flow } = union(some, id);
    return queued || clock === undefined ? { ...flow, ...(queued ? { root: id } : {}) } : { ...flow, clock };
  };

  for (let round = 0, changed = true; changed && round < MAX_ROUNDS; round++) {
    changed = false;
    for (const vertex of draft.order) {
      if (!able.has(vertex)) continue;
      const before = flows.get(vertex)?.fires;
      const fires = firing(vertex);
      const latency = vertex.latency;
      const said =
        latency === undefined
          ? fires
          : latency.kind === "constant"
            ? later(fires, latency.ns, `${vertex.id}/`)
            : { ...withoutClock(fires), root: `${vertex.id}/` };
      flows.set(vertex, { fires, speaks: said });
      changed ||= before === undefined || before.least_hz !== fires.least_hz || before.most_hz !== fires.most_hz;
    }
  }

  const isDry = (input: DraftInput): boolean =>
    input.from !== undefined && (!able.has(input.from.vertex) || isLost(input));
  return {
    mode,
    canFire: (vertex) => able.has(vertex),
    isDry,
    isNeeded: (input) => input.vertex.signature?.wakes !== true && isNeeded(input),
    isTriggerDead(vertex) {
      if (able.has(vertex) || vertex.node === undefined) return false;
      const ports = new Set(triggerPorts(vertex));
      const among = vertex.inputs.filter((i) => ports.has(i.port));
      const kind = waitsFor(vertex);
      return kind === "any" ? among.every(isDry) : kind === "all" && among.some(isDry);
    },
    fires: (vertex) => flows.get(vertex)?.fires ?? { ...NEVER, root: vertex.id },
    speaks,
    arrives,
  };
}

const youngest = (flows: readonly Flow[]): number => (flows.length === 0 ? 0 : Math.min(...flows.map((f) => f.age_ns)));

/** What happens whenever one of several does. */
function union(flows: readonly Flow[], root: string): Flow {
  const [first] = flows;
  if (first === undefined) return { ...NEVER, root };
  const age_ns = youngest(flows);
  if (flows.every((flow) => flow.root === first.root)) return { ...first, age_ns };
  const least_hz = Math.max(...flows.map((f) => f.least_hz));
  const clock = finest(flows);
  if (clock !== undefined) return { least_hz, most_hz: 1e9 / clock.period_ns, root, clock, age_ns };
  return { least_hz, most_hz: flows.reduce((sum, f) => sum + f.most_hz, 0), root, age_ns };
}

/** The one clock on whose ticks all others lie, if there is one. */
function finest(flows: readonly Flow[]): Clock | undefined {
  const clocks = flows.map((flow) => flow.clock);
  if (!clocks.every((clock) => clock !== undefined)) return undefined;
  const fast = clocks.reduce((a, b) => (b.period_ns < a.period_ns ? b : a));
  const onIt = ({ period_ns, phase_ns }: Clock) =>
    isMultiple(period_ns, fast.period_ns) && isMultiple(phase_ns - fast.phase_ns, fast.period_ns);
  return clocks.every(onIt) ? fast : undefined;
}

/** Up to the rounding of times to whole ns. */
function isMultiple(a: number, of: number): boolean {
  const ratio = a / of;
  return Math.abs(ratio - Math.round(ratio)) * of < 1e-6 * Math.max(1, Math.abs(ratio));
}

const withoutClock = ({ clock: _, ...flow }: Flow): Flow => flow;

function later(flow: Flow, ns: number, root: string): Flow {
  const { clock } = flow;
  const shifted = clock === undefined ? {} : { clock: { ...clock, phase_ns: clock.phase_ns + ns } };
  return { ...flow, ...shifted, root, age_ns: flow.age_ns + ns };
}

/** Over the link of a stream, which delays, jitters and loses. */
function overLink(flow: Flow, contract: TypedContract | undefined, root: string): Flow {
  if (contract === undefined) return { ...flow, root };
  const { latency_ns, jitter_ns, loss } = contract;
  if (latency_ns === 0 && jitter_ns === 0 && loss === 0) return flow;
  const late = later(flow, latency_ns, root);
  return { ...(jitter_ns === 0 ? late : withoutClock(late)), least_hz: flow.least_hz * (1 - loss) };
}
