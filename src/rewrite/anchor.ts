/**
 * How a recorder reads its ports: as their anchor does, so that a row holds what the anchor's firing saw.
 *
 * An anchor on a clock reads of an event all that came since its last firing, as a list. A recorder that fires on the
 * anchor's outputs would see none of it, so it has the anchor's own trigger, and its own queue of the same size.
 */
import type { RecordingSpec } from "../component/component.js";
import { type GraphNode, type Input, MAX_WAITING, type Trigger } from "../graph/ir.js";
import type { NodeVertex, TypedInput, Vertex } from "../graph/typed.js";
import type { MessageSchema } from "../message/type.js";
import type { Origin } from "../problem/problem.js";
import type { NamedPort } from "./port.js";

export interface Reading {
  readonly rows: RecordingSpec["rows"];
  readonly in: GraphNode["in"];
  /** The anchor's own trigger, where the recorder needs it. */
  readonly on?: Trigger;
  /** Inputs that come as lists, and how long those can be. */
  readonly batches: { readonly [port: string]: number };
  /** The type that is recorded of a port. */
  typeOf(port: string, type: MessageSchema): MessageSchema;
}

export function readingOf(
  inputs: readonly NamedPort[],
  outputs: readonly NamedPort[],
  rows: RecordingSpec["rows"],
  origin: Origin,
): Reading {
  const anchor = rows === "firings" ? onlyAnchor(outputs) : undefined;
  const lists = new Map(
    inputs.flatMap((port) => {
      const own = anchor && inputFrom(anchor, port);
      return own !== undefined && comesAsList(anchor!, own) ? [[port.ref, own] as const] : [];
    }),
  );
  const on = lists.size === 0 ? undefined : triggerOf(anchor!, lists);
  const batches: { [port: string]: number } = {};
  const read: { [port: string]: Input } = {};
  for (const port of inputs) {
    const { queue, ...input } = asAnchorReads(port, outputs);
    const isList = on !== undefined && lists.has(port.ref);
    // what was on its way when a queue blocked is let in beyond its size
    const own = queue?.policy === "block" ? undefined : queue;
    if (isList) batches[port.ref] = own?.size ?? MAX_WAITING;
    // nothing waits for a recorder of messages, and one of rows holds nobody back
    const waits = rows === "firings" && (isList ? own : queue) !== undefined;
    read[port.ref] = { ...input, ...(waits ? { queue } : {}), origin };
  }
  for (const port of outputs) read[port.ref] = { from: port.from, origin };
  return {
    rows,
    in: read,
    ...(on === undefined ? {} : { on }),
    batches,
    typeOf: (port, type) => (port in batches ? { type: "array", items: type, maxItems: batches[port]! } : type),
  };
}

/** The one node that all outputs are of. */
function onlyAnchor(outputs: readonly NamedPort[]): NodeVertex | undefined {
  const [first, ...others] = new Set(outputs.map(({ vertex }) => vertex));
  return first !== undefined && others.length === 0 && isNode(first) ? first : undefined;
}

const isNode = (vertex: Vertex): vertex is NodeVertex => vertex.place === "nodes" || vertex.place === "world";

/** The input as a node of the outputs reads it. */
function asAnchorReads(port: NamedPort, outputs: readonly NamedPort[]): Input {
  for (const { vertex } of outputs) {
    if (!isNode(vertex)) continue;
    const typed = inputFrom(vertex, port);
    if (typed === undefined) continue;
    const input = vertex.node.in[typed.port]!;
    // periods are those of the anchor's clock, and the recorder has none
    return typed.delay_ns === undefined ? input : { ...input, delay: `${typed.delay_ns}ns` };
  }
  return { from: port.from };
}

function inputFrom({ node, inputs }: NodeVertex, { from }: NamedPort): TypedInput | undefined {
  const port = Object.entries(node.in).find(([, input]) => input.from === from)?.[0];
  return inputs.find((typed) => typed.port === port);
}

function comesAsList({ trigger }: NodeVertex, { kind, port, exact }: TypedInput): boolean {
  if (kind !== "event" || exact === true || trigger.kind === "each") return false;
  if (trigger.kind === "aligned") return !trigger.ports.includes(port);
  return trigger.kind !== "silence" || trigger.port !== port;
}

/** The anchor's trigger, in terms of the recorder's inputs; undefined where that is about what is not recorded. */
function triggerOf(
  { node, signature, trigger }: NodeVertex,
  lists: ReadonlyMap<string, TypedInput>,
): Trigger | undefined {
  const on = node.on ?? signature.trigger;
  if (trigger.kind === "clock")
    return on !== undefined && "clock" in on ? on : { clock: `${1e9 / trigger.period_ns}hz` };
  if (trigger.kind !== "window" || on === undefined || !("window" in on)) return undefined;
  const port = [...lists].find(([, input]) => input.port === trigger.port)?.[0];
  return port === undefined ? undefined : { window: { ...on.window, port } };
}
