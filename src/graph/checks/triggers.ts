/**
 * Decides when each node fires: its `on`, else its component's trigger, else the rate of the streams that it feeds
 * (world), else its event inputs, else all its inputs, delayed ones included.
 */
import { type Draft, type DraftVertex, inputOf, report } from "../draft.js";
import type { InStream, Trigger } from "../ir.js";
import { parseDelay, parseRate } from "../quantity.js";
import type { TypedTrigger } from "../typed.js";
import { take } from "./take.js";
import { triggerOf } from "./trigger-forms.js";

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
  // one that nothing is connected to holds its initial value
  if (signature!.relay === true) return { kind: "each", ports: connected };
  if (on !== undefined) return triggerOf(draft, vertex, on, `${vertex.path}/on`);
  const declared = signature!.trigger && among(signature!.trigger, connected);
  if (declared !== undefined) return triggerOf(draft, vertex, declared, `${vertex.path}/component`);

  const rates = fedRates(vertex);
  if (rates.length > 0) {
    const hz = rates.flatMap((rate) => parseRate(rate).value ?? []);
    // a rate that cannot be read is told by the check of contracts
    return hz.length === 0 ? undefined : { kind: "clock", period_ns: 1e9 / Math.max(...hz), phase_ns: 0 };
  }
  const events = connected.filter((port) => inputOf(vertex, port)?.kind === "event");
  const ports = events.length > 0 ? events : connected;
  if (ports.length > 0 || signature!.wakes === true) return { kind: "each", ports };
  const toldAlready = Object.values(signature!.inputs).some((port) => port.optional !== true);
  if (!toldAlready) report(draft, "L0213", { node: vertex.id }, vertex, vertex.path);
  return undefined;
}

/** A component's own trigger over the inputs that are connected, or undefined when they are too few for it. */
function among(declared: Trigger, connected: readonly string[]): Trigger | undefined {
  const present = (ports: readonly string[]) => ports.filter((port) => connected.includes(port));
  if ("each" in declared) {
    const each = present(declared.each);
    return each.length === 0 ? undefined : { each };
  }
  if ("aligned" in declared) {
    const ports = present(declared.aligned.ports);
    return ports.length < 2 ? undefined : { aligned: { ...declared.aligned, ports } };
  }
  const port = "window" in declared ? declared.window.port : "silence" in declared ? declared.silence.port : undefined;
  return port === undefined || connected.includes(port) ? declared : undefined;
}

/** The rates of the in-streams that a node of the world feeds, through the ports of sub-graphs and injected faults too. */
function fedRates(vertex: DraftVertex): string[] {
  if (vertex.place !== "world") return [];
  const seen = new Set([vertex]);
  const rates: string[] = [];
  for (const { id, readers } of seen)
    for (const { vertex: reader } of readers) {
      if (reader.place === "in") rates.push(...[(reader.stream as InStream).contract?.rate ?? []].flat());
      if (reader.signature?.relay === true || standsBehind(reader.id, id)) seen.add(reader);
    }
  return rates;
}

/** Whether a rewrite has put one node between the ports of another and their readers: `arm#noise` behind `arm`. */
const standsBehind = (id: string, other: string): boolean => id.startsWith(`${other.split("#", 1)[0]}#`);

function checkDelay(draft: Draft, input: DraftVertex["inputs"][number]): void {
  const { vertex, port, path } = input;
  const delay = input.input?.delay;
  if (delay === undefined) return;
  const { trigger } = vertex;
  const period =
    trigger?.kind === "clock" ? trigger.period_ns : trigger?.kind === "window" ? trigger.every_ns : undefined;
  // without a trigger something else is wrong; a period of 1 s lets the rest of the delay be looked at
  const parsed = parseDelay(delay, trigger === undefined ? 1e9 : period, `${path}/delay`);
  const ns = take(draft, input, parsed);
  if (ns !== undefined) input.delay_ns = ns;
  if (input.input!.initial !== undefined) return;
  report(draft, "L0212", { node: vertex.id, port }, input, path);
}
