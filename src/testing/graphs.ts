/** Arbitrary graphs for laws: layers of nodes over in-streams, with diamonds, rates, delays, fields and a world in the loop. */
import fc from "fast-check";
import type { Graph, GraphNode, Input, Latency, Queue, Trigger } from "../graph/ir.js";

/** What a graph may hold; each part that is left out is there where the comment says `default true`. */
export interface GraphFeatures {
  /** Most nodes (default 9). */
  readonly nodes?: number;
  /** Inputs that read later or own outputs over a delay (default true). */
  readonly delays?: boolean;
  /** Event inputs (default true). */
  readonly events?: boolean;
  /** Inputs whose values grow too old (default true). */
  readonly maxAge?: boolean;
  /** Latency, jitter and loss on the streams (default true). */
  readonly contracts?: boolean;
  /** Values for inputs that have none yet. */
  readonly missing?: boolean;
  /** Inputs that read by equal stamp. */
  readonly exact?: boolean;
  /** Results that land later than their firing. */
  readonly latency?: boolean;
  /** Bounded queues with their policies on event inputs. */
  readonly queues?: boolean;
  /** Triggers beside `each` and clocks (default none). */
  readonly triggers?: readonly ("aligned" | "window" | "silence")[];
}

/**
 * Every feature on.
 *
 * @example
 * const graphs = arbitraryGraph({ ...allFeatures, latency: false });
 * fc.sample(graphs, 1).length // 1
 */
export const allFeatures: GraphFeatures = {
  missing: true,
  exact: true,
  latency: true,
  queues: true,
  triggers: ["aligned", "window", "silence"],
};

const CLOCKS = ["100hz", "10ms", "40hz", "30hz", "7ms"];
const MAX_NODES = 9;
/** Choices shrink to 0, and there a node is plain. */
const MAX_CHOICE = 7;
const PORTS = ["a", "b", "c"];
const POLICIES = [undefined, "drop_oldest", "drop_newest", "block", undefined] as const;

/** Choices of one node as small numbers, which shrink to the plainest node. */
interface NodeShape {
  readonly component: string;
  readonly clock: string | undefined;
  readonly phase: number;
  readonly gain: number;
  readonly trigger: number;
  readonly latency: number;
  readonly queue: number;
  /** Each picks among what lies below (or anything, when it is delayed). */
  readonly inputs: readonly InputShape[];
}

interface InputShape {
  readonly pick: number;
  readonly field: number;
  readonly delay: number;
  readonly age: number;
  readonly missing: number;
  readonly exact: number;
}

const inputShape: fc.Arbitrary<InputShape> = fc.record({
  pick: fc.nat(1000),
  field: fc.nat(2),
  delay: fc.nat(7),
  age: fc.nat(5),
  missing: fc.nat(5),
  exact: fc.nat(7),
});

const nodeShape = (features: GraphFeatures): fc.Arbitrary<NodeShape> =>
  fc.record({
    component: fc.constantFrom("law/sum", "law/sum", "law/noise", ...(features.events === false ? [] : ["law/events"])),
    clock: fc.option(fc.constantFrom(...CLOCKS), { nil: undefined, freq: 3 }),
    phase: fc.nat(3),
    gain: fc.integer({ min: -2, max: 2 }),
    trigger: fc.nat(MAX_CHOICE),
    latency: fc.nat(MAX_CHOICE),
    queue: fc.nat(4),
    inputs: fc.array(inputShape, { minLength: 1, maxLength: 3 }),
  });

/**
 * Graphs of `graphComponents` over two in-streams, with an out-stream that the world reads.
 *
 * In-streams are `s0` and `s1`, nodes `n0` and on, world nodes `w0` and `w1`, the out-stream `command`. Every graph checks
 * without an error. Cycles go through delays.
 *
 * @example
 * await fc.assert(
 *   fc.asyncProperty(arbitraryGraph({ nodes: 4, delays: false }), async (graph) => {
 *     const prepared = await prepareGraph(graph, graphComponents());
 *     expectSame(await testRun(prepared, { for_ns: 1e8 }), await testRun(prepared, { for_ns: 1e8 }));
 *   }),
 *   { numRuns: 10 },
 * );
 */
export function arbitraryGraph(features: GraphFeatures = {}): fc.Arbitrary<Graph> {
  return fc
    .record({
      nodes: fc.array(nodeShape(features), { minLength: 1, maxLength: features.nodes ?? MAX_NODES }),
      seed: fc.nat(1000),
      jitter: fc.nat(6),
    })
    .map(({ nodes, seed, jitter }) => ({
      ...around(seed, features.contracts === false ? undefined : jitter),
      nodes: Object.fromEntries(nodes.map((shape, i) => [`n${i}`, nodeOf(shape, i, nodes.length, features)])),
    }));
}

/** Streams and world, the world in a loop with the first node. */
function around(seed: number, jitter_ms: number | undefined): Graph {
  const late = `${jitter_ms ?? 0}ms`;
  const contract = jitter_ms === undefined ? {} : { latency: late, jitter: late, loss: "5%" };
  return {
    limbeck: 1,
    name: "random",
    seed,
    params: {},
    messages: {},
    streams: {
      in: {
        s0: { message: "Scalar", simulate: "w0.value", contract: { rate: "100hz", ...contract } },
        s1: { message: "Scalar", simulate: "w1.value", contract: { rate: "40hz" } },
      },
      out: { command: { message: "Scalar", from: "n0.value", initial: 0 } },
    },
    world: {
      w0: { component: "law/noise", params: { id: "w0", gain: 1 }, in: { a: { from: "command" } } },
      w1: {
        component: "law/sum",
        params: { id: "w1", gain: 1 },
        in: { a: { from: "command" }, b: { from: "w0.value" } },
      },
    },
    nodes: {},
    rewrites: [],
  };
}

function nodeOf(shape: NodeShape, i: number, count: number, features: GraphFeatures): GraphNode {
  const { component, gain, inputs } = shape;
  const events = component === "law/events";
  const on = triggerOf(shape, events, features);
  const clocked = on !== undefined && "clock" in on;
  const read = inputs.map((input, k) => {
    const event = events && k === 0;
    // events exist at their own instant, and `aligned` picks by stamp itself
    const picked = event || (k < 2 && on !== undefined && "aligned" in on);
    const one = inputOf(input, i, count, clocked, picked ? { ...features, exact: false } : features);
    return event && (on === undefined || !("window" in on)) ? { ...one, ...queueOf(shape, one, features) } : one;
  });
  return {
    component,
    ...(on === undefined ? {} : { on }),
    in: Object.fromEntries(read.map((input, k) => [PORTS[k]!, input])),
    params: { id: `n${i}`, gain },
    ...latencyOf(shape, features),
  };
}

function inputOf(
  { pick, field, delay, age, missing, exact }: InputShape,
  i: number,
  count: number,
  clocked: boolean,
  features: GraphFeatures,
): Input {
  const late = features.delays !== false && delay > 5;
  const readable = ["s0", "s1", ...Array.from({ length: late ? count : i }, (_, k) => `n${k}`)];
  const id = readable[pick % readable.length]!;
  const input: Input = {
    from: id.startsWith("s") ? id : field === 0 ? `${id}.pair:left` : `${id}.value`,
    ...(features.maxAge !== false && age === 5 ? { max_age: "30ms" } : {}),
    ...(features.missing === true && missing === 5 ? { missing: { default: 0.25 } } : {}),
    ...(features.exact === true && exact === 7 && !late ? { exact: true } : {}),
  };
  if (!late) return input;
  return { ...input, delay: clocked && delay === 7 ? "1period" : `${10 + (pick % 20)}ms`, initial: 0.5 };
}

function triggerOf({ clock, phase, trigger, inputs }: NodeShape, events: boolean, features: GraphFeatures): Trigger {
  const connected = PORTS.slice(0, inputs.length);
  const kind = features.triggers?.[MAX_CHOICE - trigger];
  if (kind === "aligned" && !events && connected.length > 1)
    return { aligned: { ports: connected.slice(0, 2), within: "15ms" } };
  if (kind === "window" && events)
    return {
      window:
        phase % 2 === 0 ? { port: "a", count: 3, every: 1 + phase } : { port: "a", duration: "40ms", every: "20ms" },
    };
  if (kind === "silence" && !events) return { silence: { port: "a", for: `${12 + phase}ms` } };
  if (clock === undefined) return { each: connected.slice(0, Math.max(1, connected.length - 1)) };
  return { clock, ...(phase === 0 ? {} : { phase: `${phase}ms` }) };
}

function queueOf({ queue }: NodeShape, { from, delay }: Input, features: GraphFeatures): { readonly queue?: Queue } {
  const policy = features.queues === true ? POLICIES[queue] : undefined;
  // streams cannot be held back, and neither can what is under way
  const unstoppable = policy === "block" && (delay !== undefined || from.startsWith("s"));
  return policy === undefined || unstoppable ? {} : { queue: { size: queue, policy } };
}

function latencyOf({ latency, phase }: NodeShape, features: GraphFeatures): { readonly latency?: Latency } {
  if (features.latency !== true) return {};
  if (latency === MAX_CHOICE) return { latency: `${1 + phase}ms` };
  if (latency === MAX_CHOICE - 1) return { latency: { normal: ["3ms", `${phase}ms`] } };
  return latency === MAX_CHOICE - 2 ? { latency: { empirical: ["1ms", "2ms", "5ms"] } } : {};
}

/**
 * The same graph with its nodes and its world declared in another order.
 *
 * @example
 * Object.keys(reordered(graph, (ids) => ids.toReversed()).nodes) // ["controller", "gravity", "ik"]
 */
export const reordered = (graph: Graph, order: (ids: string[]) => string[]): Graph => ({
  ...graph,
  nodes: Object.fromEntries(order(Object.keys(graph.nodes)).map((id) => [id, graph.nodes[id]!])),
  world: Object.fromEntries(order(Object.keys(graph.world)).map((id) => [id, graph.world[id]!])),
});
