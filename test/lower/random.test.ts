/** Random graphs of tensor components under random rates, triggers, delays and ages: what is lowered says the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph, GraphNode, Input, Trigger } from "../../src/graph/ir.js";
import { besideDrawn, expectAgreement } from "./beside.js";

const KINDS = ["t/affine", "t/sum", "t/integrate", "t/look", "t/above", "t/tell", "t/collect", "t/hear"] as const;
const PORTS: { readonly [kind: string]: readonly string[] } = {
  "t/affine": ["value"],
  "t/integrate": ["value"],
  "t/above": ["value"],
  "t/sum": ["a", "b", "c"],
  "t/look": ["a", "b"],
  "t/tell": ["value"],
  "t/collect": ["value", "other"],
  "t/hear": ["value", "other"],
};
/** Kinds whose `value` is an event. */
const HEARING = new Set(["t/collect", "t/hear"]);

const input = (nodes: number, self: number) =>
  fc.record({
    from: fc.oneof(fc.constantFrom("x", "y", "z"), fc.nat({ max: Math.max(0, nodes - 1) })),
    age: fc.option(fc.constantFrom("4ms", "11ms", "30ms"), { freq: 3 }),
    missing: fc.constantFrom(undefined, "skip" as const, { default: 3 }),
    delay: fc.option(fc.constantFrom("10ms", "25ms", "5ms", "40ms"), { freq: 3 }),
    initial: fc.option(fc.constant(-2), { freq: 4 }),
    exact: fc.integer({ min: 0, max: 9 }).map((k) => k === 0),
    queue: fc.record({ size: fc.integer({ min: 1, max: 5 }), policy: fc.constantFrom("drop_oldest", "drop_newest") }),
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
      window: fc.option(
        fc.record({
          count: fc.integer({ min: 1, max: 4 }),
          every: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom("20ms", "50ms")),
        }),
        { freq: 2 },
      ),
      inputs: fc.tuple(input(nodes, self), input(nodes, self), input(nodes, self)),
      connected: fc.integer({ min: 1, max: 3 }),
    }),
  );

function graphOf(nodes: readonly (typeof node extends (n: number) => fc.Arbitrary<infer N> ? N : never)[]): Graph {
  const made: { [id: string]: GraphNode } = {};
  const telling = nodes.flatMap(({ kind }, k) => (kind === "t/tell" ? [k] : []));
  nodes.forEach(({ kind, on, window, inputs, connected }, k) => {
    const ports = PORTS[kind]!.slice(0, connected);
    const windowed = kind === "t/collect" && window !== null;
    const clock = kind === "t/hear" ? undefined : on;
    const clocked = windowed || clock !== undefined;
    const read = ports.map((port, i): [string, Input] => {
      const { from: drawn, age, missing, delay, initial, exact, queue } = inputs[i]!;
      const hears = port === "value" && HEARING.has(kind);
      // events from nodes that tell, or from outside; the others from those that do not
      const quiet = typeof drawn === "number" && telling.includes(drawn) ? "y" : drawn;
      const from = hears ? (telling.find((n) => n < k && typeof drawn === "number") ?? "e") : quiet;
      const inner = typeof from === "number";
      // an edge from a node that comes later, or from itself, is delayed
      const late = inner && (from >= k || (delay !== null && !exact));
      const listed = hears && clocked;
      return [
        port,
        {
          from: inner ? `n${from}.value` : from,
          ...(age === null ? {} : { max_age: age }),
          ...(missing === undefined || listed ? {} : { missing }),
          ...(late ? { delay: delay ?? "10ms", initial: 0.5 } : initial === null || hears ? {} : { initial }),
          ...(exact && !late && !hears ? { exact } : {}),
          ...(listed && !windowed ? { queue } : {}),
        },
      ];
    });
    const trigger: Trigger | undefined = windowed ? { window: { port: "value", ...window } } : clock;
    made[`n${k}`] = {
      component: kind,
      ...(trigger === undefined ? {} : { on: trigger }),
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
        e: { ...stream({ jitter: "2ms", loss: "5%" }), kind: "event", simulate: "w5.value" },
      },
      out: Object.fromEntries(nodes.map((_, k) => [`o${k}`, { message: "Scalar", from: `n${k}.value` }])),
    },
    world: {
      w1: wave(1),
      w2: wave(2),
      w3: wave(3),
      w4: { ...wave(2.5), on: { clock: "125hz" } },
      w5: { component: "t/tell", in: { value: { from: "w4.value" } }, params: {} },
    },
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
      const done = await besideDrawn(graph, REFUSED, { for_ms: 200 });
      if (done === undefined) return;
      lowered++;
      expectAgreement(done);
    }),
    { numRuns: 40, seed: 5 },
  );
  expect(lowered).toBeGreaterThan(20);
});
