/**
 * Who reads what, changed throughout a graph; and where the effective value of an authored port comes from.
 *
 * A node that a rule puts between a port and its readers reads it at its input `value`, says `value`, and has an id that
 * begins with the port's own: `joints ──► joints#noise ──► joints#loss ──► readers`.
 */
import { SHARE } from "../component/share.js";
import type { Graph, GraphNode, InStream, Ref } from "../graph/ir.js";
import { formatRef, parseRef } from "../graph/ref.js";
import type { Json } from "../message/type.js";
import type { Options } from "./rule.js";

/** The part of an id in front of `#`. */
export const baseOf = (id: string): string => id.split("#", 1)[0]!;

const withoutField = (ref: Ref): Ref => ref.split(":", 1)[0]!;

/**
 * The port that holds the effective value of another: itself, or the last of what rules have put behind it.
 *
 * @example
 * const loss = { component: "fault/drop-out", in: { value: { from: "joints" } }, params: { loss: 0.1 } };
 * const faulty = { ...graph, nodes: { ...graph.nodes, "joints#loss": loss } };
 * effective(faulty, "joints:position") // "joints#loss.value:position"
 * effective(graph, "joints:position") // "joints:position"
 */
export function effective(graph: Graph, ref: Ref): Ref {
  return last(graph.nodes, ref);
}

/**
 * The port of the world that an in-stream hears for another: itself, or the last of what rules have put in between.
 *
 * @example
 * const noise = { component: "fault/noise", in: { value: { from: "arm.joints" } }, params: { deviation: 1 } };
 * const faulty = { ...graph, world: { ...graph.world, "arm#noise": noise } };
 * effectiveOutside(faulty, "arm.joints") // "arm#noise.value"
 */
export const effectiveOutside = (graph: Graph, ref: Ref): Ref => last(graph.world, ref);

function last(nodes: Graph["nodes"], ref: Ref): Ref {
  const [port, ...field] = ref.split(":");
  const behind = standing(nodes);
  let at = port!;
  for (let next = behind.get(at); next !== undefined; next = behind.get(at)) at = next;
  return [at, ...field].join(":");
}

const known = new WeakMap<Graph["nodes"], ReadonlyMap<Ref, Ref>>();

/** Each port with something between it and its readers, and the port of that. */
function standing(nodes: Graph["nodes"]): ReadonlyMap<Ref, Ref> {
  let found = known.get(nodes);
  if (found === undefined) {
    found = new Map(
      Object.entries(nodes).flatMap(([id, { component, in: inputs }]) => {
        const from = inputs.value?.from;
        const passes = Object.keys(inputs).length === 1 || component === SHARE;
        const between = id.includes("#") && from !== undefined && passes;
        return between && baseOf(parseRef(from)?.id ?? "") === baseOf(id) ? [[from, `${id}.value`] as const] : [];
      }),
    );
    known.set(nodes, found);
  }
  return found;
}

/** Readers to leave as they are. */
export interface Rewiring {
  /** Nodes that go on reading the old port. */
  readonly except?: ReadonlySet<string>;
  /** Options of rules that name ports are changed too. */
  readonly options?: boolean;
}

const inPlaceOf = (text: Ref, renamed: ReadonlyMap<Ref, Ref>): Ref => {
  const port = withoutField(text);
  const now = renamed.get(port);
  return now === undefined ? text : now + text.slice(port.length);
};

/** The in-stream, simulated by the new port where it was by an old one. */
export const simulatedBy = (stream: InStream, renamed: ReadonlyMap<Ref, Ref>): InStream =>
  stream.simulate === undefined ? stream : { ...stream, simulate: inPlaceOf(stream.simulate, renamed) };

/** The graph in which every reader of an old port reads the new one: nodes, streams, metrics. */
export function rewire(graph: Graph, renamed: ReadonlyMap<Ref, Ref>, { except, options }: Rewiring = {}): Graph {
  const ref = (text: string): string => inPlaceOf(text, renamed);
  const reading = (nodes: Graph["nodes"]): Graph["nodes"] =>
    mapValues(nodes, (node, id) =>
      except?.has(id) === true
        ? node
        : { ...node, in: mapValues(node.in, (input) => ({ ...input, from: ref(input.from) })) },
    );
  return {
    ...graph,
    world: reading(graph.world),
    nodes: reading(graph.nodes),
    streams: {
      in: mapValues(graph.streams.in, (stream) => simulatedBy(stream, renamed)),
      out: mapValues(graph.streams.out, (out) => ({ ...out, from: ref(out.from) })),
    },
    rewrites:
      options === true
        ? graph.rewrites.map((entry) => ({ ...entry, options: inOptions(entry.options, ref) }))
        : graph.rewrites,
    ...(graph.evaluate === undefined
      ? {}
      : {
          evaluate: {
            ...graph.evaluate,
            metrics: mapValues(graph.evaluate.metrics, (metric) => mapValues(metric, (refs) => refs.map(ref))),
          },
        }),
  };
}

/** Keys under which rules take ports; what stands in lists elsewhere is looked at too. */
const PORT_KEYS: ReadonlySet<string> = new Set(["ports", "inputs", "outputs", "by"]);
/** A condition names a port as `port`, which in a pattern is a port's own name. */
const CONDITION = "when";

/** Rules name ports in lists, or alone under one of the keys; any other lone string is a choice of the rule's own. */
function inOptions(options: Options, ref: (text: string) => string): Options {
  const deep = (value: Json, condition: boolean): Json => {
    if (Array.isArray(value))
      return value.map((part: Json) => (typeof part === "string" ? ref(part) : deep(part, condition)));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => {
        const isPort = PORT_KEYS.has(key) || (condition && key === "port");
        return [
          key,
          typeof part === "string" && isPort ? ref(part) : deep(part as Json, condition || key === CONDITION),
        ];
      }),
    );
  };
  return deep(options, false) as Options;
}

/**
 * What each port of a node that is taken out read, through others that are taken out with it.
 *
 * @example
 * const loss = { component: "fault/drop-out", in: { value: { from: "joints" } }, params: { loss: 0.1 } };
 * before({ "joints#loss": loss }).get("joints#loss.value") // "joints"
 */
export function before(gone: { readonly [id: string]: GraphNode }): ReadonlyMap<Ref, Ref> {
  const direct = new Map<Ref, Ref>();
  for (const [id, { in: inputs }] of Object.entries(gone))
    if (inputs.value !== undefined) direct.set(formatRef(id, "value"), inputs.value.from);
  const end = (ref: Ref): Ref => {
    let at = ref;
    for (let next = direct.get(at); next !== undefined; next = direct.get(at)) at = next;
    return at;
  };
  return new Map([...direct].map(([ref, from]) => [ref, end(from)]));
}

export const mapValues = <A, B>(
  record: { readonly [key: string]: A },
  f: (a: A, key: string) => B,
): { readonly [key: string]: B } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]));
