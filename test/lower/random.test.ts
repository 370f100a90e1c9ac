/** Random graphs of tensor components under random rates, triggers, delays and ages: what is lowered says the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph, GraphNode, Input, Trigger } from "../../src/graph/ir.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { beside } from "./beside.js";

const KINDS = ["t/affine", "t/sum", "t/integrate", "t/look", "t/above"] as const;
const PORTS: { readonly [kind: string]: readonly string[] } = {
  "t/affine": ["value"],
  "t/integrate": ["value"],
  "t/above": ["value"],
  "t/sum": ["a", "b", "c"],
  "t/look": ["a", "b"],
};

const input = (nodes: number, self: number) =>
  fc.record({
    from: fc.oneof(fc.constantFrom("x", "y", "z"), fc.nat({ max: Math.max(0, nodes - 1) })),
    age: fc.option(fc.constantFrom("4ms", "11ms", "30ms"), { freq: 3 }),
    missing: fc.constantFrom(undefined, "skip" as const, { default: 3 }),
    delay: fc.option(fc.constantFrom("10ms", "25ms", "5ms", "40ms"), { freq: 3 }),
    initial: fc.option(fc.constant(-2), { freq: 4 }),
    self: fc.constant(self),
  });

const node = (nodes: number) =>
  fc.nat({ max: nodes - 1 }).chain((self) =>
    fc.record({
      kind: fc.constantFrom(...KINDS),
      on: fc.constantFrom<Trigger | undefined>(
        { clock: "100hz" },
        { clock: "100hz" },
        { clock: "40hz" },
        { clock: "50hz", phase: "5ms" },
        undefined,
      ),
      inputs: fc.tuple(input(nodes, self), input(nodes, self), input(nodes, self)),
      connected: fc.integer({ min: 1, max: 3 }),
    }),
  );

function graphOf(nodes: readonly (typeof node extends (n: number) => fc.Arbitrary<infer N> ? N : never)[]): Graph {
  const made: { [id: string]: GraphNode } = {};
  nodes.forEach(({ kind, on, inputs, connected }, k) => {
    const ports = PORTS[kind]!.slice(0, connected);
    const read = ports.map((port, i): [string, Input] => {
      const { from, age, missing, delay, initial } = inputs[i]!;
      // an edge from a node that comes later, or from itself, is delayed
      const inner = typeof from === "number";
      const late = inner && (from >= k || delay !== null);
      return [
        port,
        {
          from: inner ? `n${from}.value` : from,
          ...(age === null ? {} : { max_age: age }),
          ...(missing === undefined ? {} : { missing }),
          ...(late ? { delay: delay ?? "10ms", initial: 0.5 } : initial === null ? {} : { initial }),
        },
      ];
    });
    made[`n${k}`] = {
      component: kind,
      ...(on === undefined ? {} : { on }),
      in: Object.fromEntries(read),
      params: {},
    };
  });
  const stream = (contract: object) => ({ message: "Scalar", contract });
  const wave = (from: number) => ({
    component: "source/chirp",
    in: {},
    params: { amplitude: 2, from, to: 5, duration: 1 },
  });
  return {
    limbeck: 1,
    name: "random",
    seed: 3,
    params: {},
    messages: {},
    streams: {
      in: {
        x: { ...stream({ rate: "100hz" }), simulate: "w1.value" },
        y: { ...stream({ rate: "40hz", jitter: "3ms", loss: "10%" }), simulate: "w2.value" },
        z: { ...stream({ rate: "50hz", latency: "7ms" }), simulate: "w3.value" },
      },
      out: Object.fromEntries(nodes.map((_, k) => [`o${k}`, { message: "Scalar", from: `n${k}.value` }])),
    },
    world: { w1: wave(1), w2: wave(2), w3: wave(3) },
    nodes: made,
    rewrites: [],
  };
}

/** What random graphs ask of a policy that it refuses: delays behind messages, clocks that share nothing. */
const REFUSED = new Set(["L0863", "L0864", "L0867"]);

test("says what the graph says, or refuses", async () => {
  let lowered = 0;
  const nodes = fc.integer({ min: 2, max: 5 }).chain((n) => fc.array(node(n), { minLength: n, maxLength: n }));
  await fc.assert(
    fc.asyncProperty(nodes, async (drawn) => {
      const graph = graphOf(drawn);
      let done: Awaited<ReturnType<typeof beside>>;
      try {
        done = await beside(graph, { all: true }, { for_ms: 200 });
      } catch (error) {
        if (error instanceof LimbeckError && error.problems.every(({ code }) => REFUSED.has(code))) return;
        // what the graph's own checks refuse is no graph
        if (error instanceof Error && /L02\d\d|L03\d\d|L01\d\d/.test(error.message)) return;
        throw error;
      }
      lowered++;
      expect(done.ports.map(({ port, first }) => [port, first])).toEqual(
        done.ports.map(({ port }) => [port, undefined]),
      );
    }),
    { numRuns: 30, seed: 5 },
  );
  expect(lowered).toBeGreaterThan(10);
});
