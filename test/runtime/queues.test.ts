/** Nodes that take their time, queues before them, and producers that are held back. Known answers. */
import { expect, test } from "vitest";
import { probe, run } from "../support/graphs.js";

const every = (ms: number, count: number) => Array.from({ length: count }, (_, i) => [ms * (i + 1), "value", i + 1]);

test("latency: outputs land later with the stamps they had, and firings overlap", async () => {
  const { at, traces } = await run(
    `
nodes:
  n: {component: test/count, on: 10ms}
  slow: {component: test/pass, in: [n.value], latency: 25ms}
  after: {component: test/pass, in: [slow.value]}
`,
    { for_ms: 60 },
  );
  expect(at("slow.value")).toEqual([
    [25, 0, 0],
    [35, 0, 1],
    [45, 0, 2],
    [55, 0, 3],
  ]);
  expect(traces["slow.value"]!.map((s) => s.stamp_ns / 1e6)).toEqual([0, 10, 20, 30]);
  expect(at("after.value").map(([ms]) => ms)).toEqual([25, 35, 45, 55]);
});

test("ideal runs take no time, neither on streams nor in nodes", async () => {
  const text =
    "nodes: {n: {component: test/count, on: 10ms}, slow: {component: test/pass, in: [n.value], latency: 25ms}}";
  const { at } = await run(text, { for_ms: 25, ideal: true });
  expect(at("slow.value").map(([ms]) => ms)).toEqual([0, 10, 20]);
});

test("a normal latency has its mean and its spread, is never negative, and its results never overtake", async () => {
  const text = `
nodes:
  n: {component: test/count, on: 100ms}
  slow: {component: test/pass, in: [n.value], latency: {normal: [20ms, 4ms]}}
`;
  const { traces } = await run(text, { for_ms: 200_000 });
  const late = traces["slow.value"]!.map((s) => (s.time_ns - s.stamp_ns) / 1e6);
  const mean = late.reduce((a, b) => a + b, 0) / late.length;
  const sd = Math.sqrt(late.reduce((a, b) => a + (b - mean) ** 2, 0) / (late.length - 1));
  // 2,000 draws: within 5 standard errors
  expect(Math.abs(mean - 20)).toBeLessThan((5 * 4) / Math.sqrt(late.length));
  expect(Math.abs(sd - 4)).toBeLessThan((5 * 4) / Math.sqrt(2 * late.length));
  expect(traces["slow.value"]!.map((s) => s.message)).toEqual(late.map((_, i) => i));
  const wide = await run(text.replace("[20ms, 4ms]", "[1ms, 300ms]"), { for_ms: 20_000 });
  const order = wide.traces["slow.value"]!;
  expect(order.map((s) => s.message)).toEqual(order.map((_, i) => i));
  expect(order.every((s) => s.time_ns >= s.stamp_ns)).toBe(true);
});

test("an empirical latency draws from what was measured, each as often as the other", async () => {
  const { traces } = await run(
    "nodes: {n: {component: test/count, on: 100ms}, slow: {component: test/pass, in: [n.value], latency: {empirical: [1ms, 2ms, 50ms]}}}",
    { for_ms: 300_000 },
  );
  const late = traces["slow.value"]!.map((s) => (s.time_ns - s.stamp_ns) / 1e6);
  for (const value of [1, 2, 50]) {
    const share = late.filter((ms) => ms === value).length / late.length;
    expect(Math.abs(share - 1 / 3)).toBeLessThan(5 * Math.sqrt(2 / 9 / late.length));
  }
  expect(new Set(late)).toEqual(new Set([1, 2, 50]));
});

const served = (queue: string, items = every(10, 8), latency = "25ms") => `
streams: {in: {x: {message: Scalar, kind: event, simulate: w.value}}}
world: {w: {component: test/script, params: {items: ${JSON.stringify(items)}}}}
nodes:
  slow: {component: test/event, in: {value: {from: x, queue: ${queue}}}, latency: ${latency}}
`;

const components = { "test/event": probe({ value: "event" }).component };

async function server(queue: string, items = every(10, 8), latency = "25ms") {
  const { seen, component } = probe({ value: "event" });
  const ran = await run(served(queue, items, latency), { components: { "test/event": component }, for_ms: 400 });
  return { ...ran, taken: seen.map((s) => [s.time_ms, s.inputs.value]) };
}

test("a queue makes a node take one message at a time, busy until its result lands", async () => {
  const { taken, result, at } = await server("10");
  expect(taken).toEqual([
    [10, 1],
    [35, 2],
    [60, 3],
    [85, 4],
    [110, 5],
    [135, 6],
    [160, 7],
    [185, 8],
  ]);
  expect(at("slow.value").map(([ms]) => ms)).toEqual([35, 60, 85, 110, 135, 160, 185, 210]);
  expect(result.dropped).toEqual({});
});

test("a result that takes no time is not said at the tag at which the one before it lands", async () => {
  const { traces, taken } = await server("100", every(1, 60), "{empirical: [0ms, 4ms]}");
  const tags = traces["slow.value"]!.map(({ time_ns, microstep }) => `${time_ns} ${microstep}`);
  expect(taken.map(([, value]) => value)).toEqual(every(1, 60).map(([, , value]) => value));
  expect(tags).toHaveLength(60);
  expect(new Set(tags).size).toBe(60);
});

test("a full queue drops by its policy, and every drop is counted and told", async () => {
  const oldest = await server("{size: 2, policy: drop_oldest}");
  expect(oldest.taken).toEqual([
    [10, 1],
    [35, 2],
    [60, 4],
    [85, 7],
    [110, 8],
  ]);
  const newest = await server("{size: 2, policy: drop_newest}");
  expect(newest.taken).toEqual([
    [10, 1],
    [35, 2],
    [60, 3],
    [85, 4],
    [110, 6],
  ]);
  for (const { result, taken } of [oldest, newest]) {
    expect(result.dropped).toEqual({ "slow.value": 8 - taken.length });
    expect(result.warnings.map((w) => w.code)).toEqual(["L0609"]);
  }
});

test("a slow consumer at ten times its rate keeps its queue and no more", async () => {
  const { taken, result } = await server("{size: 5, policy: drop_oldest}", every(1, 300), "10ms");
  expect(taken).toHaveLength(30 + 5);
  expect(result.dropped["slow.value"]).toBe(300 - 35);
});

test("block: a source waits for room, loses nothing, and its messages keep their stamps", async () => {
  const { seen, component } = probe({ value: "event" });
  const { traces, result } = await run(
    `
world:
  w: {component: test/script, params: {items: ${JSON.stringify(every(10, 6))}}}
  slow: {component: test/event, in: {value: {from: w.value, queue: {size: 1, policy: block}}}, latency: 30ms}
`,
    { components: { "test/event": component }, for_ms: 400 },
  );
  // one is served, one waits, the next is held at its source
  expect(seen.map((s) => [s.time_ms, s.inputs.value])).toEqual([
    [10, 1],
    [40, 2],
    [70, 3],
    [100, 4],
    [130, 5],
    [160, 6],
  ]);
  expect(traces["w.value"]!.map((s) => [s.time_ns / 1e6, s.stamp_ns / 1e6])).toEqual([
    [10, 10],
    [20, 20],
    [40, 30],
    [70, 40],
    [100, 50],
    [130, 60],
  ]);
  expect(result.dropped).toEqual({});
  expect(result.held).toEqual({ w: 4 });
});

test("block: the ticks of a clock that was held back count once, and pressure goes up the chain", async () => {
  const { seen, component } = probe({ value: "event" });
  const { at, result } = await run(
    `
nodes:
  tick: {component: test/count, on: 10ms}
  middle: {component: test/event, in: {value: {from: tick.value, queue: {size: 1, policy: block}}}}
  slow: {component: test/sink, in: {value: {from: middle.value, queue: {size: 1, policy: block}}}, latency: 35ms}
`,
    { components: { "test/sink": component, ...components }, for_ms: 150 },
  );
  // slow takes at 0, 35, 70, 105, 140: whatever comes through is in order and without a gap
  expect(seen.map((s) => s.time_ms)).toEqual([0, 35, 70, 105, 140]);
  expect(seen.map((s) => s.inputs.value)).toEqual([0, 1, 2, 3, 4]);
  const ticks = at("tick.value").map(([, , value]) => value);
  expect(ticks).toEqual(ticks.map((_, i) => i));
  // three are under way at most: one is served, one waits behind it, one waits in the middle
  expect(ticks.length).toBeLessThanOrEqual(seen.length + 2);
  expect(result.held.tick).toBeGreaterThan(0);
  expect(result.dropped).toEqual({});
});

test("block: an array of a clocked node has room again when it was read", async () => {
  const { seen, component } = probe({ value: "event" });
  const { result } = await run(
    `
nodes:
  tick: {component: test/count, on: 10ms}
  batch: {component: test/event, on: 50ms, in: {value: {from: tick.value, queue: {size: 3, policy: block}}}}
`,
    { components: { "test/event": component }, for_ms: 160 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.value])).toEqual([
    [0, [0]],
    [50, [1, 2, 3]],
    [100, [4, 5, 6]],
    [150, [7, 8, 9]],
  ]);
  expect(result.dropped).toEqual({});
});
