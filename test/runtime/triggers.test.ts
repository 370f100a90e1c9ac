/** When nodes fire: clocks, phases, messages, and what is taken when nothing is said. */

import Type from "typebox";
import { expect, test } from "vitest";
import { event, signal } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { probe, run } from "../support/graphs.js";

const times = (at: [number, number, unknown][]) => at.map(([ms]) => ms);

test("a clock fires at 0 and then each period, and not at the end", async () => {
  const { at } = await run("nodes: {n: {component: test/count, on: 100hz}}", { for_ms: 50 });
  expect(at("n.value")).toEqual([
    [0, 0, 0],
    [10, 0, 1],
    [20, 0, 2],
    [30, 0, 3],
    [40, 0, 4],
  ]);
});

test("a phase puts the whole clock off", async () => {
  const { at } = await run("nodes: {n: {component: test/count, on: {clock: 10ms, phase: 3ms}}}", { for_ms: 30 });
  expect(times(at("n.value"))).toEqual([3, 13, 23]);
});

test("firing k of a clock that does not divide a second is at round(k·10⁹/rate), never accumulated", async () => {
  const { traces } = await run("nodes: {n: {component: test/count, on: 30hz}}", { for_ms: 100_000 });
  const stamps = traces["n.value"]!.map((s) => s.time_ns);
  expect(stamps.length).toBe(3000);
  expect(stamps).toEqual(Array.from({ length: 3000 }, (_, k) => Math.round((k * 1e9) / 30)));
});

test("clocks whose times coincide meet at one tag: 3072 Hz and 1024 Hz", async () => {
  const { traces } = await run(
    "nodes: {a: {component: test/count, on: 3072hz}, b: {component: test/count, on: 1024hz}}",
    { for_ms: 1000 },
  );
  const fast = new Set(traces["a.value"]!.map((s) => s.time_ns));
  expect(traces["b.value"]!.filter((s) => !fast.has(s.time_ns))).toEqual([]);
});

test("`each` fires on the ports it names and reads the others as they are held", async () => {
  const { seen, component } = probe({ fast: "signal", slow: "signal" });
  await run(
    `
nodes:
  fast: {component: test/count, on: 10ms}
  slow: {component: test/count, on: 25ms}
  p: {component: test/probe, on: {each: [slow]}, in: {fast: fast.value, slow: slow.value}}
`,
    { components: { "test/probe": component }, for_ms: 60 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.fast, s.inputs.slow])).toEqual([
    [0, 0, 0],
    [25, 2, 1],
    [50, 5, 2],
  ]);
});

test("without `on` a node fires on each of its inputs, once where they come together", async () => {
  const { seen, component } = probe({ a: "optional", b: "optional" });
  await run(
    `
nodes:
  a: {component: test/count, on: 10ms}
  b: {component: test/count, on: {clock: 20ms, phase: 5ms}}
  c: {component: test/count, on: {clock: 20ms}}
  p: {component: test/probe, in: {a: a.value, b: b.value}}
  q: {component: test/sum, in: {a: a.value, b: c.value}}
`,
    { components: { "test/probe": component }, for_ms: 30 },
  );
  expect(seen.map((s) => [s.time_ms, s.fresh])).toEqual([
    [0, ["a"]],
    [5, ["b"]],
    [10, ["a"]],
    [20, ["a"]],
    [25, ["b"]],
  ]);
});

test("without `on` events trigger before signals do", async () => {
  const { seen, component } = probe({ press: "event", held: "signal" });
  await run(
    `
nodes:
  held: {component: test/count, on: 10ms}
  press: {component: test/count, on: {clock: 20ms, phase: 5ms}}
  p: {component: test/probe, in: {press: press.value, held: held.value}}
`,
    { components: { "test/probe": component }, for_ms: 40 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs])).toEqual([
    [5, { press: 0, held: 0 }],
    [25, { press: 1, held: 2 }],
  ]);
});

test("a component's own trigger holds where the graph says nothing, and gives way where it does", async () => {
  const ticking = step({
    doc: "Ticks.",
    inputs: { value: signal(Type.Number(), { optional: true }) },
    outputs: { value: Type.Number() },
    on: { clock: "50hz" },
    step: () => ({ outputs: { value: 1 } }),
  });
  const graph = (on: string) =>
    `nodes: {s: {component: test/count, on: 5ms}, t: {component: test/tick, in: {value: s.value}${on}}}`;
  const setup = { components: { "test/tick": ticking }, for_ms: 40 };
  expect(times((await run(graph(""), setup)).at("t.value"))).toEqual([0, 20]);
  expect(times((await run(graph(", on: 40hz"), setup)).at("t.value"))).toEqual([0, 25]);
});

test("a node of the world that feeds streams takes the highest of their rates", async () => {
  const { at } = await run(
    `
streams:
  in:
    slow: {message: Scalar, simulate: plant.value, contract: {rate: 10hz}}
    fast: {message: Scalar, simulate: plant.value, contract: {rate: 50hz}}
world: {plant: {component: test/count}}
nodes: {n: {component: test/sum, in: {a: slow, b: fast}}}
`,
    { for_ms: 60 },
  );
  expect(times(at("plant.value"))).toEqual([0, 20, 40]);
});

test("dt is the time since the node's own last firing, 0 at its first", async () => {
  const { seen, component } = probe({ value: "signal" });
  await run(
    `
world: {log: {component: test/script, params: {items: [[3, value, 1], [10, value, 2], [11, value, 3], [11, value, 4]]}}}
streams: {in: {log_in: {message: Scalar, simulate: log.value}}}
nodes: {p: {component: test/probe, in: {value: log_in}}}
`,
    { components: { "test/probe": component } },
  );
  expect(seen.map((s) => [s.time_ms, s.microstep, s.dt_ms])).toEqual([
    [3, 0, 0],
    [10, 0, 7],
    [11, 0, 1],
    [11, 1, 0],
  ]);
});

test("a clocked node gets all the events since its last firing as an array, and none when none came", async () => {
  const sums = step({
    doc: "Keeps the events.",
    inputs: { value: event(Type.Number()) },
    outputs: { values: Type.Array(Type.Number(), { maxItems: 16 }) },
    // biome-ignore lint/suspicious/noExplicitAny: an array where the node is clocked
    step: ({ value }: any) => ({ outputs: { values: [...value] } }),
  });
  const { at } = await run(
    `
nodes:
  e: {component: test/count, on: {clock: 4ms, phase: 1ms}}
  s: {component: test/sums, on: 10ms, in: {value: e.value}}
`,
    { components: { "test/sums": sums }, for_ms: 31 },
  );
  expect(at("s.values")).toEqual([
    [0, 0, []],
    [10, 0, [0, 1, 2]],
    [20, 0, [3, 4]],
    [30, 0, [5, 6, 7]],
  ]);
});
