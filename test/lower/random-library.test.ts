/** Random graphs of the library's own components under random clocks, triggers, ages and delays: lowered, they say the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { exampleParams } from "../../src/component/describe.js";
import { library } from "../../src/component/library.js";
import type { Graph, GraphNode, Input, Trigger } from "../../src/graph/ir.js";
import { besideDrawn, expectAgreement } from "./beside.js";

/** Components of numbers, with the inputs that they need and the output that is read. */
const KINDS: { readonly [name: string]: readonly [inputs: readonly string[], output: string] } = {
  "control/feed-forward": [["acceleration", "velocity"], "output"],
  "control/lead-lag": [["value"], "value"],
  "control/pid": [["setpoint", "measurement"], "output"],
  "fault/bias": [["value"], "value"],
  "fault/quantisation": [["value"], "value"],
  "filter/butterworth-high-pass": [["value"], "value"],
  "filter/butterworth-low-pass": [["value"], "value"],
  "filter/complementary": [["value", "rate"], "value"],
  "filter/dead-band": [["value"], "value"],
  "filter/delay-line": [["value"], "value"],
  "filter/derivative": [["value"], "value"],
  "filter/ema": [["value"], "value"],
  "filter/hysteresis": [["value"], "value"],
  "filter/median": [["value"], "value"],
  "filter/rate-limiter": [["value"], "value"],
  "filter/resample": [["value"], "value"],
  "filter/saturation": [["value"], "value"],
  "math/lookup-table": [["value"], "value"],
  "math/polynomial": [["value"], "value"],
};
const NAMES = Object.keys(KINDS);

const input = fc.record({
  from: fc.nat({ max: 7 }),
  age: fc.option(fc.constantFrom("12ms", "40ms"), { freq: 3 }),
  missing: fc.constantFrom(undefined, { default: 0.5 }),
  delay: fc.option(fc.constantFrom("10ms", "25ms", "1period"), { freq: 3 }),
});
const node = fc.record({
  kind: fc.constantFrom(...NAMES),
  on: fc.constantFrom<Trigger | undefined>(
    { clock: "100hz" },
    { clock: "50hz", phase: "5ms" },
    { clock: "40hz" },
    undefined,
  ),
  inputs: fc.tuple(input, input),
});

function graphOf(drawn: readonly (typeof node extends fc.Arbitrary<infer N> ? N : never)[]): Graph {
  const made: { [id: string]: GraphNode } = {};
  drawn.forEach(({ kind, on, inputs }, k) => {
    const read = KINDS[kind]![0].map((port, i): [string, Input] => {
      const { from, age, missing, delay } = inputs[i]!;
      // one of the streams, or a node before: what takes its types from its inputs is in no circle
      const inner = from - 3;
      if (inner < 0 || inner >= k) return [port, { from: ["x", "y", "z"][from % 3]!, ...aged(age, missing) }];
      const source = `n${inner}.${KINDS[drawn[inner]!.kind]![1]}`;
      const wait = delay === "1period" && on === undefined ? "10ms" : delay;
      return [port, { from: source, ...aged(age, missing), ...(wait === null ? {} : { delay: wait, initial: 0.5 }) }];
    });
    const params = exampleParams(library[kind]!);
    made[`n${k}`] = { component: kind, in: Object.fromEntries(read), params, ...(on === undefined ? {} : { on }) };
  });
  const wave = (from: number) => ({
    component: "source/chirp",
    in: {},
    params: { amplitude: 2, from, to: 5, duration: 1 },
  });
  const stream = (simulate: string, contract: object) => ({ message: "Scalar", contract, simulate });
  return {
    limbeck: 1,
    name: "random",
    seed: 3,
    params: {},
    messages: {},
    streams: {
      in: {
        x: stream("w1.value", { rate: "100hz" }),
        y: stream("w2.value", { rate: "40hz", jitter: "3ms", loss: "10%" }),
        z: stream("w3.value", { rate: "50hz", latency: "7ms" }),
      },
      out: Object.fromEntries(
        drawn.map(({ kind }, k) => [`o${k}`, { message: "Scalar", from: `n${k}.${KINDS[kind]![1]}` }]),
      ),
    },
    world: { w1: wave(1), w2: wave(2), w3: wave(3) },
    nodes: made,
    rewrites: [],
  };
}

const aged = (age: string | null, missing: Input["missing"] | undefined) => ({
  ...(age === null ? {} : { max_age: age }),
  ...(missing === undefined ? {} : { missing }),
});

/** What random graphs ask of a policy that it refuses: delays behind messages, clocks that share nothing. */
const REFUSED = new Set(["L0863", "L0867"]);

test("say what the graph says, or are refused", async () => {
  let lowered = 0;
  const nodes = fc.array(node, { minLength: 2, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(nodes, async (drawn) => {
      const done = await besideDrawn(graphOf(drawn), REFUSED, { for_ms: 300 });
      if (done === undefined) return;
      lowered++;
      expectAgreement(done);
    }),
    { numRuns: 20, seed: 11 },
  );
  expect(lowered).toBeGreaterThan(15);
});
