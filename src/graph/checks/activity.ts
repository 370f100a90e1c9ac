/**
 * How often every vertex fires and speaks, told from the graph alone: never, or between two bounds.
 *
 *   clocks, sources ──► who can fire at all (least fixpoint) ──► rates, clocks and ages in rank order (narrowed fixpoint)
 *
 * "Never" is proven: nothing that a component does could make such a vertex fire. Rates assume that a node speaks at
 * every firing, since what a component leaves out is not known here. Linear in vertices and edges.
 */
import { type Draft, type DraftInput, type DraftVertex, inputOf } from "../draft.js";
import type { Contract, InStream } from "../ir.js";
import { parseDuration, parseRate, parseShare } from "../quantity.js";
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
  /** Arrivals at an input. */
  arrives(input: DraftInput): Flow;
}

/** Rounds in which rates are narrowed; every one of them gives bounds that hold. */
const MAX_ROUNDS = 4;

const unknown = (root: string): Flow => ({ least_hz: 0, most_hz: Number.POSITIVE_INFINITY, root, age_ns: 0 });
const never = (root: string): Flow => ({ least_hz: 0, most_hz: 0, root, age_ns: 0 });

/** What a contract states; undefined is what it leaves out. */
export type Promised = { readonly [K in keyof Omit<TypedContract, "authored">]?: TypedContract[K] | undefined };

/** What a stream promises of itself, or the port of a sub-graph that stands where the stream was. */
export function contractOf({ stream, signature }: DraftVertex): Promised | undefined {
  const authored = stream === undefined ? signature?.relay && (signature.params as Contract) : (stream.contract ?? {});
  if (!authored) return undefined;
  return {
    rate_hz: stated(authored.rate, parseRate),
    latency_ns: stated(authored.latency, parseDuration),
    jitter_ns: stated(authored.jitter, parseDuration),
    loss: stated(authored.loss, parseShare),
    range: authored.range,
  };
}

const stated = (written: unknown, parse: typeof parseRate): number | undefined =>
  written === undefined ? undefined : parse(written).value;

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

/** Edges that do not exist in a mode: live, there is no world. */
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
  if (input.from?.vertex.signature?.relay !== true) return [input];
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

/** What sets vertices off, by index; the same in every mode. */
interface Parts {
  readonly waits: readonly ReturnType<typeof waitsFor>[];
  /** The inputs at which a message makes the vertex fire. */
  readonly triggers: readonly (readonly DraftInput[])[];
  readonly needed: ReadonlySet<DraftInput>;
  /** A vertex is set off by one that comes after it: rates go round. */
  readonly circular: boolean;
}

function partsOf(draft: Draft): Parts {
  const rank = new Int32Array(draft.vertices.length);
  for (const [i, vertex] of draft.order.entries()) rank[vertex.index] = i;
  const needed = new Set<DraftInput>();
  let circular = false;
  const triggers = draft.vertices.map((vertex) => {
    const ports = triggerPorts(vertex);
    return vertex.inputs.filter((input) => {
      if (vertex.signature?.wakes !== true && isNeeded(input)) needed.add(input);
      if (!ports.includes(input.port)) return false;
      circular ||= input.from !== undefined && rank[input.from.vertex.index]! >= rank[vertex.index]!;
      return true;
    });
  });
  return { waits: draft.vertices.map(waitsFor), triggers, needed, circular };
}

/** The least fixpoint: a vertex can fire once what it waits for can come. By index. */
function ableToFire(draft: Draft, { waits, triggers, needed }: Parts, mode: Mode): Uint8Array {
  const { vertices } = draft;
  const able = new Uint8Array(vertices.length);
  const isSetOff = new Uint8Array(vertices.length);
  const lacking = new Float64Array(vertices.length);
  const due = new Set<DraftInput>();
  const queue: DraftVertex[] = [];
  const look = (vertex: DraftVertex) => {
    const i = vertex.index;
    if (able[i] === 1 || isSetOff[i] === 0 || lacking[i]! > 0) return;
    able[i] = 1;
    queue.push(vertex);
  };
  const arrive = (input: DraftInput) => {
    const i = input.vertex.index;
    const sets = due.has(input);
    if (needed.has(input) || (sets && waits[i] === "all")) lacking[i]!--;
    if (sets) isSetOff[i] = 1;
  };
  for (const vertex of vertices) {
    const i = vertex.index;
    const free = waits[i] === "nothing" || hasOwnSource(vertex, mode);
    if (free) isSetOff[i] = 1;
    else for (const input of triggers[i]!) if (!isCut(mode, input)) due.add(input);
    for (const input of vertex.inputs) if (needed.has(input) || (waits[i] === "all" && due.has(input))) lacking[i]!++;
    if (isSilent(vertex, mode) !== undefined) lacking[i] = Number.POSITIVE_INFINITY;
  }
  for (const vertex of vertices) for (const input of vertex.inputs) if (input.from === undefined) arrive(input);
  for (const vertex of vertices) look(vertex);
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

/**
 * The activity of a graph, for each mode.
 *
 * @param draft with an order, signatures, triggers and contracts
 */
export function activitiesOf(draft: Draft, modes: readonly Mode[]): Activity[] {
  const parts = partsOf(draft);
  return modes.map((mode) => activityOf(draft, parts, mode));
}

function activityOf(draft: Draft, parts: Parts, mode: Mode): Activity {
  const able = ableToFire(draft, parts, mode);
  const canFire = ({ index }: DraftVertex): boolean => able[index] === 1;
  const fires: (Flow | undefined)[] = new Array(draft.vertices.length);
  const speaks: (Flow | undefined)[] = new Array(draft.vertices.length);

  const saidBy = (vertex: DraftVertex): Flow => {
    if (!canFire(vertex)) return never(vertex.id);
    return speaks[vertex.index] ?? unknown(vertex.id);
  };
  const arrives = (input: DraftInput): Flow => {
    if (input.from === undefined) return unknown(input.path);
    const { vertex } = input.from;
    const flow = saidBy(vertex);
    const late = input.delay_ns === undefined ? flow : later(flow, input.delay_ns, input.path);
    return input.boundary ? overLink(late, vertex.contract, `${vertex.id}→`) : late;
  };
  const arriving = ({ index }: DraftVertex): Flow[] =>
    parts.triggers[index]!.map(arrives).filter((flow) => flow.most_hz > 0);

  for (let round = 0, changed = true; changed && round < (parts.circular ? MAX_ROUNDS : 1); round++) {
    changed = false;
    for (const vertex of draft.order) {
      if (!canFire(vertex)) continue;
      const { index } = vertex;
      const before = fires[index];
      const now = firing(vertex, mode, arrives, arriving);
      fires[index] = now;
      speaks[index] = afterLatency(now, vertex);
      changed ||= before?.least_hz !== now.least_hz || before.most_hz !== now.most_hz;
    }
  }

  const isDry = (input: DraftInput): boolean =>
    input.from !== undefined && (!canFire(input.from.vertex) || isLost(input));
  return {
    mode,
    canFire,
    isDry,
    isNeeded: (input) => parts.needed.has(input),
    isTriggerDead(vertex) {
      if (canFire(vertex) || vertex.node === undefined) return false;
      const among = parts.triggers[vertex.index]!;
      const waits = parts.waits[vertex.index];
      return waits === "any" ? among.every(isDry) : waits === "all" && among.some(isDry);
    },
    fires: (vertex) => fires[vertex.index] ?? never(vertex.id),
    arrives,
  };
}

function firing(
  vertex: DraftVertex,
  mode: Mode,
  arrives: (input: DraftInput) => Flow,
  arriving: (vertex: DraftVertex) => Flow[],
): Flow {
  const { place, trigger, signature, id, contract } = vertex;
  if (place === "out") return arrives(vertex.inputs[0]!);
  if (place === "in") {
    const rate = contract?.rate_hz;
    const promised = rate === undefined ? unknown(id) : { ...unknown(id), least_hz: rate, most_hz: rate };
    if (mode === "live") return promised;
    const fed = arrives(vertex.inputs[0]!);
    const known = Number.isFinite(fed.most_hz) ? fed : { ...promised, age_ns: fed.age_ns };
    return overLink(known, contract, id);
  }
  if (signature === undefined || trigger === undefined || signature.wakes === true) return unknown(id);
  switch (trigger.kind) {
    case "source":
      return unknown(id);
    case "clock": {
      const { period_ns, phase_ns } = trigger;
      const rate = 1e9 / period_ns;
      return { least_hz: rate, most_hz: rate, root: id, clock: { period_ns, phase_ns }, age_ns: 0 };
    }
    case "silence": {
      const watched = vertex.inputs.find((i) => i.port === trigger.port);
      const most = watched === undefined ? Number.POSITIVE_INFINITY : arrives(watched).most_hz;
      const longest = 1e9 / trigger.for_ns;
      // armed from the start, it fires once even when nothing ever comes
      return { ...unknown(id), most_hz: most === 0 ? longest : Math.min(longest, most) };
    }
    case "aligned": {
      const flows = arriving(vertex);
      return { ...unknown(id), most_hz: Math.min(...flows.map((f) => f.most_hz)), age_ns: youngest(flows) };
    }
    case "window": {
      if (trigger.every_ns !== undefined) return { ...unknown(id), most_hz: 1e9 / trigger.every_ns };
      const { least_hz, most_hz, age_ns } = union(arriving(vertex), id);
      const every = trigger.every_count ?? 1;
      return { ...unknown(id), least_hz: least_hz / every, most_hz: most_hz / every, age_ns };
    }
    default: {
      const flow = union(arriving(vertex), id);
      // what waits in a queue is taken when the node is free
      return vertex.inputs.some((i) => i.queue !== undefined) ? { ...withoutClock(flow), root: id } : flow;
    }
  }
}

/** What a vertex says, when its firings take their time. */
function afterLatency(flow: Flow, { latency, id }: DraftVertex): Flow {
  if (latency === undefined) return flow;
  return latency.kind === "constant" ? later(flow, latency.ns, `${id}/`) : { ...withoutClock(flow), root: `${id}/` };
}

const youngest = (flows: readonly Flow[]): number => (flows.length === 0 ? 0 : Math.min(...flows.map((f) => f.age_ns)));

/** What happens whenever one of several does. */
function union(flows: readonly Flow[], root: string): Flow {
  const [first] = flows;
  if (first === undefined) return never(root);
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
