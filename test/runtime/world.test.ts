/** The boundary: the loop through the world, and what a stream's contract does to messages on their way. */
import Type from "typebox";
import { expect, test } from "vitest";
import { tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { probe, problemsOf, run } from "../support/graphs.js";

test("at (t, 0) the plant precedes the controller; what is sent out reaches the world one microstep later", async () => {
  const plant = probe({ command: "signal" });
  const controller = probe({ measured: "signal" });
  const { at } = await run(
    `
streams:
  in: {measured: {message: Scalar, simulate: plant.value, contract: {rate: 100hz}}}
  out: {command: {message: Scalar, from: controller.value, initial: -1}}
world:
  plant: {component: test/plant, in: [command]}
  eager: {component: test/pass, in: {value: command}}
nodes:
  controller: {component: test/controller, on: 100hz, in: {measured: measured}}
`,
    { components: { "test/plant": plant.component, "test/controller": controller.component }, for_ms: 30 },
  );
  expect(plant.seen.map((s) => [s.time_ms, s.microstep, s.inputs.command, s.fresh.length])).toEqual([
    [0, 0, -1, 0],
    [10, 0, 0, 1],
    [20, 0, 1, 1],
  ]);
  expect(controller.seen.map((s) => [s.time_ms, s.microstep, s.inputs.measured])).toEqual([
    [0, 0, 0],
    [10, 0, 1],
    [20, 0, 2],
  ]);
  expect(at("eager.value")).toEqual([
    [0, 1, 0],
    [10, 1, 1],
    [20, 1, 2],
  ]);
});

test("a plant integrates from its last firing to now", async () => {
  const plant = step({
    doc: "ẋ = u",
    inputs: { u: Type.Number() },
    outputs: { x: Type.Number() },
    state: () => 0,
    step: ({ u }, x, { dt }) => ({ outputs: { x: x + u * dt }, state: x + u * dt }),
  });
  const { values } = await run(
    `
streams:
  in: {x: {message: Scalar, simulate: plant.x, contract: {rate: 10hz}}}
  out: {u: {message: Scalar, from: n.value, initial: 5}}
world: {plant: {component: test/plant, in: [u]}}
nodes: {n: {component: test/sum, in: {a: x}, params: {gain: -1, offset: 1}}}
`,
    { components: { "test/plant": plant }, for_ms: 400 },
  );
  // the first firing has no time behind it; then ẋ = 1 − x in steps of 0.1
  const expected = [0, 0.1, 0.19, 0.271];
  expect(values("plant.x").length).toBe(4);
  for (const [i, x] of values("plant.x").entries()) expect(x).toBeCloseTo(expected[i]!, 12);
});

const plant = (contract: string) => `
streams: {in: {s: {message: Scalar, simulate: plant.value, contract: {rate: 100hz, ${contract}}}}}
world: {plant: {component: test/count}}
nodes: {p: {component: test/pass, in: {value: s}}}
`;

test("latency makes a message arrive after its stamp", async () => {
  const { traces, at } = await run(plant("latency: 4ms"), { for_ms: 30 });
  expect(at("p.value")).toEqual([
    [4, 0, 0],
    [14, 0, 1],
    [24, 0, 2],
  ]);
  expect(traces.s!.map((s) => s.stamp_ns / 1e6)).toEqual([0, 10, 20]);
});

test("a latency longer than the period keeps several messages on their way", async () => {
  const { at } = await run(plant("latency: 35ms"), { for_ms: 60 });
  expect(at("p.value")).toEqual([
    [35, 0, 0],
    [45, 0, 1],
    [55, 0, 2],
  ]);
});

test("jitter is uniform from 0 to its bound, seeded, and never overtakes", async () => {
  const { traces, values, result } = await run(plant("jitter: 50ms"), { for_ms: 100_000 });
  const { s } = traces;
  expect(values("s")).toEqual(s!.map((_, i) => i));
  const delays = s!.map((m) => (m.time_ns - m.stamp_ns) / 1e6);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThanOrEqual(50);
  expect(Math.max(...delays)).toBeGreaterThan(49);
  const again = await run(plant("jitter: 50ms"), { for_ms: 100_000 });
  expect(again.result.ports).toEqual(result.ports);
  const other = await run(plant("jitter: 50ms"), { for_ms: 100_000, seed: 8 });
  expect(other.result.ports.s).not.toBe(result.ports.s);
});

test("jitter below the period spreads arrivals evenly", async () => {
  const { traces } = await run(plant("jitter: 8ms"), { for_ms: 100_000 });
  const delays = traces.s!.map((m) => (m.time_ns - m.stamp_ns) / 8e6);
  const mean = delays.reduce((sum, d) => sum + d, 0) / delays.length;
  // 10⁴ uniform numbers: the mean is within 5 standard errors of a half
  expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / 100);
});

test("a message that is not delayed does not overtake one that is", async () => {
  const items = Array.from({ length: 200 }, (_, i) => [i / 1e6, "value", i]);
  const { traces, values } = await run(
    `
world: {log: {component: test/script, params: {items: ${JSON.stringify(items)}}}}
streams: {in: {s: {message: Scalar, simulate: log.value, contract: {jitter: 3ns}}}}
nodes: {p: {component: test/pass, in: {value: s}}}
`,
    { for_ms: 1 },
  );
  expect(values("p.value")).toEqual(items.map((_, i) => i));
  expect(new Set(traces.s!.map((m) => m.time_ns - m.stamp_ns))).toEqual(new Set([0, 1, 2, 3]));
});

test("loss loses its share, and what is lost is counted", async () => {
  const { traces, result } = await run(plant("loss: 10%"), { for_ms: 100_000 });
  const { lost } = result.streams.s!;
  expect(lost + traces.s!.length).toBe(10_000);
  // binomial: within 5 standard deviations
  expect(Math.abs(lost - 1000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.1 * 0.9));
  expect((await run(plant("loss: 0"), { for_ms: 1000 })).result.streams.s!.lost).toBe(0);
  expect((await run(plant("loss: 1"), { for_ms: 1000 })).traces.s).toEqual([]);
});

test("ideal keeps every contract perfectly", async () => {
  const { at, result } = await run(plant("latency: 4ms, jitter: 3ms, loss: 50%"), { for_ms: 30, ideal: true });
  expect(at("p.value")).toEqual([
    [0, 0, 0],
    [10, 0, 1],
    [20, 0, 2],
  ]);
  expect(result.streams.s).toEqual({ lost: 0, out_of_range: 0 });
});

test("one stream's contract does not touch another's", async () => {
  const both = (loss: string) => `
streams:
  in:
    a: {message: Scalar, simulate: x.value, contract: {rate: 100hz, loss: ${loss}}}
    b: {message: Scalar, simulate: y.value, contract: {rate: 100hz, loss: 20%, jitter: 3ms}}
world: {x: {component: test/count}, y: {component: test/count}}
nodes: {p: {component: test/pass, in: {value: a}}, q: {component: test/pass, in: {value: b}}}
`;
  const one = await run(both("10%"), { for_ms: 2000 });
  const two = await run(both("30%"), { for_ms: 2000 });
  expect(one.result.ports.b).toBe(two.result.ports.b);
  expect(one.result.ports.a).not.toBe(two.result.ports.a);
});

test("a stream's luck hangs on the seed and its id alone, and not on where it stands among the others", async () => {
  const s = "s: {message: Scalar, simulate: w.value, contract: {rate: 100hz, loss: 30%, jitter: 3ms}}";
  const graph = (streams: string, world: string, nodes: string) =>
    `streams: {in: {${streams}}}\nworld: {${world}}\nnodes: {${nodes}}`;
  const p = "p: {component: test/pass, in: {value: s}}";
  const alone = await run(graph(s, "w: {component: test/count}", p), { for_ms: 1000 });
  const last = await run(
    graph(
      `r: {message: Scalar, simulate: v.value, contract: {rate: 50hz, loss: 30%}}, ${s}`,
      "v: {component: test/count}, w: {component: test/count}",
      `q: {component: test/pass, in: {value: r}}, ${p}`,
    ),
    { for_ms: 1000 },
  );
  expect(last.result.ports.s).toBe(alone.result.ports.s);
});

test("the contract of an out-stream delays and loses what the world hears, not what is sent", async () => {
  const { at, values, result } = await run(
    `
streams: {out: {command: {message: Scalar, from: n.value, contract: {latency: 3ms, loss: 30%}}}}
nodes: {n: {component: test/count, on: 10ms}}
world: {w: {component: test/pass, in: {value: command}}}
`,
    { for_ms: 10_000 },
  );
  expect(values("command").length).toBe(1000);
  const { lost } = result.streams.command!;
  expect(lost).toBeGreaterThan(200);
  expect(at("w.value").length).toBe(1000 - lost);
  expect(at("w.value").every(([ms, microstep, k]) => ms === 10 * (k as number) + 3 && microstep === 0)).toBe(true);
});

test("values out of their range are counted, in numbers, tensors and fields", async () => {
  const state = step({
    doc: "A state.",
    inputs: {},
    outputs: {
      joints: Type.Object({
        position: tensor([2], { unit: "rad", wraps: true }),
        velocity: tensor([2], { unit: "rad/s" }),
      }),
    },
    state: () => 0,
    step: (_, n) => ({
      outputs: { joints: { position: Float64Array.of(0, n), velocity: Float64Array.of(0, -n) } },
      state: n + 1,
    }),
  });
  const { result } = await run(
    `
streams:
  in:
    s: {message: Scalar, simulate: n.value, contract: {rate: 10hz, range: [0, 3]}}
    j: {message: JointState2, simulate: state.joints, contract: {rate: 10hz, range: [-3, 100]}}
world: {n: {component: test/count}, state: {component: test/state}}
nodes: {p: {component: test/pass, in: {value: s}}, g: {component: dynamics/two-link-gravity, in: {joints: j}}}
`,
    { components: { "test/state": state }, for_ms: 1000 },
  );
  expect(result.streams).toEqual({ s: { lost: 0, out_of_range: 6 }, j: { lost: 0, out_of_range: 6 } });
  expect(result.warnings.filter(({ code }) => code === "L0618")).toMatchObject([
    {
      message: "6 messages of stream `s` held values outside of its range, 0 to 3",
      path: "/streams/in/s/contract/range",
    },
    { path: "/streams/in/j/contract/range" },
  ]);
});

test("a loop through the world that takes no time is refused, with its path", async () => {
  const [problem] = await problemsOf(
    run(
      `
streams:
  in: {measured: {message: Scalar, simulate: plant.value}}
  out: {command: {message: Scalar, from: controller.value}}
world: {plant: {component: test/sum, in: {a: command}}}
nodes:
  controller: {component: test/sum, on: {each: [b, c]}, in: {a: tick.value, b: tick.value, c: measured}}
  tick: {component: test/count, on: 1s}
`,
      { for_ms: 10 },
    ),
  );
  expect(problem).toMatchObject({ code: "L0601" });
  expect(problem!.message).toBe("more than 1000 microsteps at 0 s, through plant → measured → controller → command");
});
