/**
 * When the policy is called, and which of its nodes fire at a call.
 *
 *     clocks only                        → a call a tick of their base
 *     messages only                      → a call whenever one comes that makes a node fire
 *     both                               → both, unless who fires on messages may as well wait for the next tick
 *
 * A node that fires on messages may wait (it is `lazy`) if nobody can tell: it has no state, reads neither time nor
 * age, always answers, and fires whenever anything changes that it reads. Then what counts is the last messages.
 */

import { listSize, readingOf } from "../component/tensor/list.js";
import type { NodeVertex, TypedGraph, TypedInput, Vertex } from "../graph/typed.js";
import { type Problem, problem } from "../problem/problem.js";
import { baseOf, type Clock, clockOf, everyOf, offsetOf, tickAt } from "./clocks.js";
import type { Piece } from "./piece.js";
import { boundaryPort, type LowerRegion, type PortIn } from "./region.js";

export interface Schedule {
  /** A call at each of its ticks. */
  readonly base?: Clock;
  /** Ports of the boundary: a call at each of their messages. */
  readonly on: readonly string[];
  /** Of clocked nodes: every how many-th tick of the base, and the first. */
  readonly clocks: ReadonlyMap<string, { readonly every: number; readonly offset: number }>;
  /** Nodes that fire at ticks of the base only. */
  readonly onGrid: ReadonlySet<string>;
  /** Ports of the boundary whose messages make a node fire, by node: through other nodes, too. */
  readonly sources: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Whether every call is a tick of the base. */
export const ticksOnly = ({ base, on }: Schedule): boolean => base !== undefined && on.length === 0;

interface Setting {
  readonly typed: TypedGraph;
  readonly region: LowerRegion;
  readonly pieces: ReadonlyMap<string, Piece>;
}

/** The schedule, or why there is none. */
export function scheduleOf(setting: Setting): Schedule | Problem[] {
  const { region } = setting;
  const clocked = region.nodes.filter(({ trigger }) => clockOf(trigger) !== undefined);
  if (clocked.length === 0) {
    const sources = sourcesOf(setting, undefined);
    const on = [...[...sources.values()].flatMap((ports) => [...ports]), ...keptPorts(setting, undefined, sources)];
    const never = region.nodes.filter(({ id }) => sources.get(id)!.size === 0);
    if (never.length > 0)
      return never.map(({ id, path }) =>
        problem(
          "L0864",
          { node: id, reason: "nothing that comes from outside makes it fire", help: "Give it a clock: `on: 100hz`." },
          { path },
        ),
      );
    return { on: inOrder(region, on), clocks: new Map(), onGrid: new Set(), sources };
  }
  const clocks = clocked.map(({ trigger }) => clockOf(trigger)!);
  const found = gridOf(setting, clocks);
  if ("reason" in found) {
    const [first] = clocked;
    return [
      problem(
        "L0863",
        {
          nodes: clocked.map(({ id }, i) => ({ id, period_ns: clocks[i]!.period_ns })),
          reason: found.reason,
        },
        { path: first!.path, related: clocked.slice(1, 8).map(({ path }) => ({ message: "and here", path })) },
      ),
    ];
  }
  const { base, onGrid } = found;
  const sources = sourcesOf(setting, base);
  const waiting = lazyNodes(setting, onGrid);
  const urgent = region.nodes.filter(({ id }) => !onGrid.has(id) && !waiting.has(id));
  const on = [...urgent.flatMap(({ id }) => [...sources.get(id)!]), ...keptPorts(setting, base, sources)];
  return {
    base,
    on: inOrder(region, on),
    onGrid,
    sources,
    clocks: new Map(
      clocked.map(({ id }, i) => [id, { every: everyOf(clocks[i]!, base)!, offset: offsetOf(clocks[i]!, base) }]),
    ),
  };
}

const inOrder = (region: LowerRegion, ports: readonly string[]): string[] =>
  region.inputs.map(({ port }) => port).filter((port) => ports.includes(port));

/** Inputs at which an arrival can make a node fire. */
export function triggerInputs({ trigger, inputs }: NodeVertex): TypedInput[] {
  if (trigger.kind === "each") return inputs.filter(({ port }) => trigger.ports.includes(port));
  if (trigger.kind !== "window" || trigger.every_count === undefined) return [];
  return inputs.filter(({ port }) => port === trigger.port);
}

/** Whether every message that comes at an input counts, and not only the last: a list of them, or one that is looked for. */
const keepsAll = (node: NodeVertex, { port, exact }: TypedInput): boolean =>
  exact === true || listSize(port, readingOf(node)) !== undefined;

/**
 * The base of the clocks and of those delays whose end must be a tick: where the message makes a node fire, or is read
 * by one that fires between ticks.
 */
function gridOf(
  setting: Setting,
  clocks: readonly Clock[],
): { readonly base: Clock; readonly onGrid: ReadonlySet<string> } | { readonly reason: string } {
  const { nodes } = setting.region;
  const waking = nodes.flatMap((node) => delaysOf(setting, triggerInputs(node)));
  const rough = baseOf(clocks, waking);
  if ("reason" in rough) return rough;
  const gridded = (base: Clock) =>
    new Set(nodes.filter((node) => fallsOnGrid(setting, base, node)).map(({ id }) => id));
  const onGrid = gridded(rough.base);
  const between = nodes.flatMap((node) => (onGrid.has(node.id) ? [] : delaysOf(setting, node.inputs)));
  if (between.every((delay_ns) => isTick(rough.base, delay_ns))) return { base: rough.base, onGrid };
  const fine = baseOf(clocks, [...waking, ...between]);
  return "reason" in fine ? fine : { base: fine.base, onGrid: gridded(fine.base) };
}

/** Delays of edges inside. */
const delaysOf = ({ region }: Setting, inputs: readonly TypedInput[]): number[] =>
  inputs.flatMap(({ delay_ns, from }) => (delay_ns === undefined || !region.inside.has(from.vertex) ? [] : [delay_ns]));

const isTick = (base: Clock, span_ns: number): boolean =>
  Number.isInteger(base.period_ns) && span_ns % base.period_ns === 0;

/** Whether a vertex speaks at ticks of the base only, by what its clock, its triggers and its contract say. */
function fallsOnGrid(
  { typed }: Setting,
  base: Clock,
  vertex: Vertex,
  passed: ReadonlySet<string> = new Set(),
): boolean {
  if (passed.has(vertex.id)) return true;
  const next = new Set([...passed, vertex.id]);
  const through = ({ from, delay_ns = 0, boundary }: TypedInput) =>
    !boundary &&
    (delay_ns === 0 || isTick(base, delay_ns)) &&
    fallsOnGrid({ typed } as Setting, base, typed.byId.get(from.vertex)!, next);
  if (vertex.place === "in") {
    const { jitter_ns, latency_ns } = vertex.contract;
    const [fed] = vertex.inputs;
    return jitter_ns === 0 && (latency_ns === 0 || isTick(base, latency_ns)) && fed !== undefined && through(fed);
  }
  if (vertex.place === "out") return vertex.inputs.every(through);
  const { trigger } = vertex;
  if (vertex.latency !== undefined) return false;
  const clock = clockOf(trigger);
  if (clock !== undefined) {
    const first = offsetOf(clock, base);
    return everyOf(clock, base) !== undefined && tickAt(base, first) === clock.phase_ns;
  }
  return (
    trigger.kind === "each" &&
    vertex.signature.wakes !== true &&
    triggerInputs(vertex).every((input) => input.kind === "signal" && through(input))
  );
}

/** Whether a port of the boundary speaks at ticks of the base only. */
const isSteady = (setting: Setting, base: Clock | undefined, port: PortIn): boolean =>
  base !== undefined &&
  port.kind === "signal" &&
  port.delay === undefined &&
  fallsOnGrid(setting, base, setting.typed.byId.get(port.from.vertex)!);

/** The boundary's ports of which a node must be told every message, though it does not fire on them. */
const keptPorts = (
  setting: Setting,
  base: Clock | undefined,
  sources: ReadonlyMap<string, ReadonlySet<string>>,
): string[] =>
  setting.region.nodes.flatMap((node) =>
    node.inputs.flatMap((input) => {
      if (!keepsAll(node, input)) return [];
      const port = boundaryPort(setting.region, node.id, input.port);
      if (port === undefined) return [...(sources.get(input.from.vertex) ?? [])];
      return isSteady(setting, base, port) ? [] : [port.port];
    }),
  );

/** By node: the boundary's ports whose messages, away from the grid, make it fire. */
function sourcesOf(setting: Setting, base: Clock | undefined): Map<string, ReadonlySet<string>> {
  const { region } = setting;
  const found = new Map<string, Set<string>>(region.nodes.map(({ id }) => [id, new Set()]));
  // a loop around a delay is met again
  for (let again = true; again; ) {
    again = false;
    for (const node of region.nodes) {
      const own = found.get(node.id)!;
      const before = own.size;
      for (const input of triggerInputs(node)) {
        const port = boundaryPort(region, node.id, input.port);
        if (port !== undefined && !isSteady(setting, base, port)) own.add(port.port);
        else for (const source of found.get(input.from.vertex) ?? []) own.add(source);
      }
      if (own.size > before) again = true;
    }
  }
  return found;
}

/** What a port of a sub-graph does: nothing. */
const RELAYED: Pick<Piece, "state" | "reads" | "silent"> = {
  state: [],
  reads: { dt: false, time: false, fresh: [], age: [], has: [] },
  silent: [],
};

/** Nodes that fire on messages and may wait for the next tick. */
function lazyNodes({ typed, region, pieces }: Setting, onGrid: ReadonlySet<string>): Set<string> {
  const lazy = new Set<string>();
  const readers = (id: string) =>
    region.nodes.flatMap((node) =>
      node.inputs.filter(({ from }) => from.vertex === id).map((input) => ({ node, input })),
    );
  const aged = ({ node, input }: { node: NodeVertex; input: TypedInput }) =>
    input.max_age_ns !== undefined || (pieces.get(node.id) ?? RELAYED).reads.age.includes(input.port);
  for (const node of region.nodes) {
    const { id, inputs, outputs } = node;
    if (onGrid.has(id)) continue;
    const { state, reads, silent } = pieces.get(id) ?? RELAYED;
    const triggers = triggerInputs(node);
    const unseen =
      state.length === 0 &&
      !reads.dt &&
      !reads.time &&
      reads.fresh.length + reads.age.length + silent.length === 0 &&
      inputs.every(
        (input) => triggers.includes(input) && input.kind === "signal" && input.exact !== true && isYoung(typed, input),
      ) &&
      inputs.every(({ from }) => !region.inside.has(from.vertex) || onGrid.has(from.vertex) || lazy.has(from.vertex)) &&
      outputs.every(({ kind }) => kind === "signal") &&
      !region.outputs.some((output) => output.node === id) &&
      // with several triggers the stamp is that of whichever came last
      readers(id).every(
        (read) =>
          read.input.delay_ns === undefined &&
          !keepsAll(read.node, read.input) &&
          (triggers.length === 1 || !aged(read)),
      );
    if (unseen) lazy.add(id);
  }
  return lazy;
}

/** Whether `max_age` can make no difference where the node fires on arrival. */
const isYoung = (typed: TypedGraph, { max_age_ns, from, delay_ns = 0 }: TypedInput): boolean =>
  max_age_ns === undefined || oldest(typed, typed.byId.get(from.vertex)!) + delay_ns <= max_age_ns;

/** How old a message of a vertex can be when it is sent, by its contract. */
function oldest(typed: TypedGraph, vertex: Vertex, passed: ReadonlySet<string> = new Set()): number {
  if (passed.has(vertex.id)) return Number.POSITIVE_INFINITY;
  const next = new Set([...passed, vertex.id]);
  const through = ({ from, delay_ns = 0 }: TypedInput) => delay_ns + oldest(typed, typed.byId.get(from.vertex)!, next);
  if (vertex.place === "in") {
    const [fed] = vertex.inputs;
    return fed === undefined
      ? Number.POSITIVE_INFINITY
      : vertex.contract.latency_ns + vertex.contract.jitter_ns + through(fed);
  }
  if (vertex.place === "out") return Math.max(...vertex.inputs.map(through));
  if (vertex.latency !== undefined) return Number.POSITIVE_INFINITY;
  if (clockOf(vertex.trigger) !== undefined) return 0;
  if (vertex.trigger.kind !== "each") return Number.POSITIVE_INFINITY;
  return Math.max(...triggerInputs(vertex).map(through));
}
