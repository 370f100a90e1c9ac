/**
 * How a recorder reads its ports: as their anchor does, so that a row holds what the anchor's firing saw.
 *
 * A value that is held, the recorder reads itself, at the same tag. What the anchor takes in another way (an event from a
 * queue or as a list, a partner by stamp), and everything whose result takes its time, it is told by the run.
 */
import type { RecordingSpec } from "../component/component.js";
import { type GraphNode, type Input, MAX_WAITING } from "../graph/ir.js";
import type { NodeVertex, TypedInput, TypedTrigger, Vertex } from "../graph/typed.js";
import type { MessageSchema } from "../message/type.js";
import type { Origin } from "../problem/problem.js";
import type { NamedPort } from "./port.js";

export interface Reading {
  readonly rows: RecordingSpec["rows"];
  readonly in: GraphNode["in"];
  /** Inputs that the run has from the anchor's firing, by the anchor's own input (`tally.press`). */
  readonly reads: { readonly [port: string]: string };
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
  const reads: { [port: string]: string } = {};
  const batches: { [port: string]: number } = {};
  const read: { [port: string]: Input } = {};
  for (const port of inputs) {
    const anchor = anchorOf(port, outputs);
    if (rows === "firings" && anchor !== undefined && isTaken(anchor.node, anchor.input)) {
      reads[port.ref] = `${anchor.node.id}.${anchor.input.port}`;
      if (comesAsList(anchor.node, anchor.input)) batches[port.ref] = longest(anchor.input);
      read[port.ref] = { from: port.from, origin };
    } else read[port.ref] = { ...asRead(port, anchor), origin };
  }
  for (const port of outputs) read[port.ref] = { from: port.from, origin };
  return {
    rows,
    in: read,
    reads,
    batches,
    typeOf: (port, type) => (port in batches ? { type: "array", items: type, maxItems: batches[port]! } : type),
  };
}

interface Anchor {
  readonly node: NodeVertex;
  readonly input: TypedInput;
}

/** The first node of the outputs that reads a port, and its input. */
function anchorOf(port: NamedPort, outputs: readonly NamedPort[]): Anchor | undefined {
  for (const { vertex } of outputs) {
    const input = isNode(vertex) ? inputFrom(vertex, port) : undefined;
    if (input !== undefined) return { node: vertex as NodeVertex, input };
  }
  return undefined;
}

const isNode = (vertex: Vertex): vertex is NodeVertex => vertex.place === "nodes" || vertex.place === "world";

/** The input as its anchor reads it: nothing waits there. */
function asRead({ from }: NamedPort, anchor: Anchor | undefined): Input {
  if (anchor === undefined) return { from };
  const { port, delay_ns } = anchor.input;
  const { queue: _, ...input } = anchor.node.node.in[port]!;
  // periods are those of the anchor's clock, and the recorder has none
  return delay_ns === undefined ? input : { ...input, delay: `${delay_ns}ns` };
}

function inputFrom({ node, inputs }: NodeVertex, { from }: NamedPort): TypedInput | undefined {
  const port = Object.entries(node.in).find(([, input]) => input.from === from)?.[0];
  return inputs.find((typed) => typed.port === port);
}

/** The anchor reads something else than the value that is held when its outputs come. */
const isTaken = ({ latency, trigger }: NodeVertex, { kind, exact, port }: TypedInput): boolean =>
  latency !== undefined || kind === "event" || exact === true || picked(trigger, port);

/** The trigger chooses among the messages of a port itself. */
function picked(trigger: TypedTrigger, port: string): boolean {
  if (trigger.kind === "aligned") return trigger.ports.includes(port);
  return (trigger.kind === "silence" || trigger.kind === "window") && trigger.port === port;
}

function comesAsList({ trigger }: NodeVertex, { kind, port, exact }: TypedInput): boolean {
  if (kind !== "event" || exact === true || trigger.kind === "each") return false;
  return trigger.kind === "window" || !picked(trigger, port);
}

/** What was on its way when a queue blocked is let in beyond its size. */
const longest = ({ queue }: TypedInput): number =>
  queue === undefined || queue.policy === "block" ? MAX_WAITING : queue.size;
