/**
 * Decides when each node fires: its `on`, else its component's trigger, else the rate of the streams that it feeds
 * (world), else its event inputs, else all its inputs, delayed ones included.
 */
import { type Draft, type DraftVertex, inputOf, report, suggest } from "../draft.js";
import type { InStream, Trigger } from "../ir.js";
import { type Parsed, parseClock, parseDelay, parseDuration, parseRate } from "../quantity.js";
import type { TypedTrigger } from "../typed.js";

type Clock = Extract<Trigger, { readonly clock: unknown }>;

export function checkTriggers(draft: Draft): void {
  for (const vertex of draft.vertices) {
    if (vertex.node === undefined || vertex.signature === undefined) continue;
    const trigger = decide(draft, vertex);
    if (trigger !== undefined) vertex.trigger = trigger;
  }
  for (const vertex of draft.vertices) for (const input of vertex.inputs) checkDelay(draft, input);
}

function decide(draft: Draft, vertex: DraftVertex): TypedTrigger | undefined {
  const { signature } = vertex;
  const { on, component } = vertex.node!;
  if (signature!.place === "world" && vertex.place !== "world")
    report(draft, "L0225", { node: vertex.id, component }, vertex, vertex.path);
  if (signature!.source) {
    if (on !== undefined) report(draft, "L0226", { node: vertex.id }, vertex, `${vertex.path}/on`);
    return { kind: "source" };
  }
  const connected = vertex.inputs.map((i) => i.port);
  if (on !== undefined) return authored(draft, vertex, on, connected);
  const declared = signature!.trigger;
  if (declared !== undefined && "clock" in declared) return clock(draft, vertex, declared, `${vertex.path}/component`);
  const among =
    declared !== undefined && "each" in declared ? declared.each.filter((port) => connected.includes(port)) : [];
  if (among.length > 0) return { kind: "each", ports: among };

  const rates = fedRates(vertex);
  if (rates.length > 0) {
    const hz = rates.flatMap((rate) => parseRate(rate).value ?? []);
    // a rate that cannot be read is told by the check of contracts
    return hz.length === 0 ? undefined : { kind: "clock", period_ns: 1e9 / Math.max(...hz), phase_ns: 0 };
  }
  const events = connected.filter((port) => inputOf(vertex, port)?.kind === "event");
  const ports = events.length > 0 ? events : connected;
  if (ports.length > 0) return { kind: "each", ports };
  const toldAlready = Object.values(signature!.inputs).some((port) => port.optional !== true);
  if (!toldAlready) report(draft, "L0213", { node: vertex.id }, vertex, vertex.path);
  return undefined;
}

function authored(
  draft: Draft,
  vertex: DraftVertex,
  on: Trigger,
  connected: readonly string[],
): TypedTrigger | undefined {
  const path = `${vertex.path}/on`;
  if ("clock" in on) return clock(draft, vertex, on, path);
  if (!("each" in on)) return undefined;
  const unknown = on.each.filter((port) => !connected.includes(port));
  for (const port of unknown) {
    const isInput = Object.hasOwn(vertex.signature!.inputs, port);
    const args = {
      node: vertex.id,
      port,
      ports: connected,
      nearest: suggest(draft, port, connected),
      connected: !isInput,
    };
    report(draft, "L0214", args, vertex, `${path}/each/${on.each.indexOf(port)}`);
  }
  return unknown.length > 0 ? undefined : { kind: "each", ports: on.each };
}

function clock(draft: Draft, vertex: DraftVertex, on: Clock, path: string): TypedTrigger | undefined {
  const period = take(draft, vertex, parseClock(on.clock, `${path}/clock`));
  const phase = on.phase === undefined ? 0 : take(draft, vertex, parseDuration(on.phase, `${path}/phase`));
  if (period === undefined || phase === undefined) return undefined;
  return { kind: "clock", period_ns: period, phase_ns: phase };
}

/** The rates of the in-streams that a node of the world feeds. */
const fedRates = (vertex: DraftVertex): string[] =>
  vertex.readers
    .filter((edge) => vertex.place === "world" && edge.vertex.place === "in")
    .flatMap((edge) => (edge.vertex.stream as InStream).contract?.rate ?? []);

function checkDelay(draft: Draft, input: DraftVertex["inputs"][number]): void {
  const { vertex, port, path } = input;
  const delay = input.input?.delay;
  if (delay === undefined) return;
  const period = vertex.trigger?.kind === "clock" ? vertex.trigger.period_ns : undefined;
  // without a trigger something else is wrong; a period of 1 s lets the rest of the delay be looked at
  const parsed = parseDelay(delay, vertex.trigger === undefined ? 1e9 : period, `${path}/delay`);
  const ns = take(draft, input, parsed);
  if (ns !== undefined) input.delay_ns = ns;
  if (input.input!.initial !== undefined) return;
  report(draft, "L0212", { node: vertex.id, port }, input, path);
}

/** The value, or its problem told. */
export function take<T>(draft: Draft, part: Pick<DraftVertex, "origins">, parsed: Parsed<T>): T | undefined {
  if (parsed.problem === undefined) return parsed.value;
  draft.problems.push({ ...parsed.problem, ...(part.origins.length === 0 ? {} : { origins: part.origins }) });
  return undefined;
}
