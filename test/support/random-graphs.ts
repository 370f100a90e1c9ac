/** Random graphs for laws: layers of nodes over in-streams, with diamonds, several rates, delays, fields and a world in the loop. */

import fc from "fast-check";
import Type from "typebox";
import { event, signal } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import type { Graph, GraphNode, Input, Trigger } from "../../src/graph/ir.js";
import { authored, type Components } from "./graphs.js";

const number = Type.Number();
const Pair = Type.Object({ left: number, right: number });

/** One firing, as the spy saw it. */
export interface Firing {
  readonly node: string;
  readonly time_ns: number;
  readonly microstep: number;
}

/** The components of random graphs; `spy` hears of every firing. */
export function randomParts(spy: (firing: Firing) => void = () => {}): Components {
  const param = Type.Object({ id: Type.String(), gain: Type.Number() });
  const told = (params: { id: string }, ctx: { time_ns: number; microstep: number }) =>
    spy({ node: params.id, time_ns: ctx.time_ns, microstep: ctx.microstep });
  const optional = signal(number, { optional: true });
  return {
    "law/sum": step({
      doc: "A weighted sum, halved so that cycles stay bounded.",
      params: param,
      inputs: { a: number, b: optional, c: optional },
      outputs: { value: number, pair: Pair },
      step({ a, b = 0, c = 0 }, _, ctx) {
        told(ctx.params, ctx);
        const value = ctx.params.gain * (a + b - c) * 0.5 + 1;
        return { outputs: { value, pair: { left: value, right: -value } } };
      },
    }),
    "law/noise": step({
      doc: "A sum with noise and memory.",
      params: param,
      inputs: { a: number, b: optional, c: optional },
      outputs: { value: number, pair: Pair },
      random: true,
      state: () => 0,
      step({ a, b = 0, c = 0 }, last, ctx) {
        told(ctx.params, ctx);
        const value = 0.5 * last + 0.1 * (a - b + c) + ctx.params.gain * ctx.rng.normal() + ctx.dt;
        return { outputs: value > 1 ? { value } : { value, pair: { left: value, right: last } }, state: value };
      },
    }),
    "law/events": step({
      doc: "How many events came, and their sum.",
      params: param,
      inputs: { a: event(number), b: optional, c: optional },
      outputs: { value: number, pair: Pair },
      step({ a, b = 0, c = 0 }, _, ctx) {
        told(ctx.params, ctx);
        const events = (Array.isArray(a) ? a : [a]) as number[];
        const value = events.reduce((sum, x) => sum + x, 0) * 0.2 + 0.1 * (b - c);
        return { outputs: { value, pair: { left: value, right: events.length } } };
      },
    }),
  };
}

const CLOCKS = ["100hz", "10ms", "40hz", "30hz", "7ms"];

interface NodeShape {
  readonly component: string;
  readonly clock: string | undefined;
  readonly phase: number;
  readonly gain: number;
  /** Each picks among what lies below (or anything, when it is delayed). */
  readonly inputs: readonly {
    readonly pick: number;
    readonly field: number;
    readonly delay: number;
    readonly age: number;
  }[];
}

const nodeShape: fc.Arbitrary<NodeShape> = fc.record({
  component: fc.constantFrom("law/sum", "law/sum", "law/noise", "law/events"),
  clock: fc.option(fc.constantFrom(...CLOCKS), { nil: undefined, freq: 3 }),
  phase: fc.nat(3),
  gain: fc.integer({ min: -2, max: 2 }),
  inputs: fc.array(fc.record({ pick: fc.nat(1000), field: fc.nat(2), delay: fc.nat(7), age: fc.nat(5) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

/** Graphs of 1 to 9 nodes over two in-streams with contracts, and an out-stream that the world reads. */
export const randomGraph: fc.Arbitrary<Graph> = fc
  .record({ nodes: fc.array(nodeShape, { minLength: 1, maxLength: 9 }), seed: fc.nat(1000), jitter: fc.nat(6) })
  .map(({ nodes, seed, jitter }) => {
    const base = authored(`
seed: ${seed}
streams:
  in:
    s0: {message: Scalar, simulate: w0.value, contract: {rate: 100hz, latency: ${jitter}ms, jitter: ${jitter}ms, loss: 5%}}
    s1: {message: Scalar, simulate: w1.value, contract: {rate: 40hz}}
  out: {command: {message: Scalar, from: n0.value, initial: 0}}
world:
  w0: {component: law/noise, params: {id: w0, gain: 1}, in: {a: command}}
  w1: {component: law/sum, params: {id: w1, gain: 1}, in: {a: command, b: w0.value}}
nodes: {}
`);
    return { ...base, nodes: Object.fromEntries(nodes.map((shape, i) => [`n${i}`, nodeOf(shape, i, nodes)])) };
  });

function nodeOf({ component, clock, phase, gain, inputs }: NodeShape, i: number, all: readonly NodeShape[]): GraphNode {
  const below = ["s0", "s1", ...Array.from({ length: i }, (_, k) => `n${k}`)];
  const everyone = ["s0", "s1", ...all.map((_, k) => `n${k}`)];
  const ports = ["a", "b", "c"];
  const read = inputs.map(({ pick, field, delay, age }): Input => {
    const late = delay < 2;
    const among = late ? everyone : below;
    const id = among[pick % among.length]!;
    const from = id.startsWith("s") ? id : field === 0 ? `${id}.pair:left` : `${id}.value`;
    const max_age = age === 0 ? { max_age: "30ms" } : {};
    if (!late) return { from, ...max_age };
    return {
      from,
      ...max_age,
      delay: clock !== undefined && delay === 0 ? "1period" : `${10 + (pick % 20)}ms`,
      initial: 0.5,
    };
  });
  const on: Trigger =
    clock === undefined
      ? { each: ports.slice(0, Math.max(1, read.length - 1)) }
      : { clock, ...(phase === 0 ? {} : { phase: `${phase}ms` }) };
  return {
    component,
    on,
    in: Object.fromEntries(read.map((input, k) => [ports[k]!, input])),
    params: { id: `n${i}`, gain },
  };
}

/** The same graph with its nodes declared in another order. */
export const shuffled = (graph: Graph, order: (ids: string[]) => string[]): Graph => ({
  ...graph,
  nodes: Object.fromEntries(order(Object.keys(graph.nodes)).map((id) => [id, graph.nodes[id]!])),
  world: Object.fromEntries(order(Object.keys(graph.world)).map((id) => [id, graph.world[id]!])),
});

/** Freezes a value to its depths; whoever writes to it then throws. */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
