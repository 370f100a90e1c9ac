/** What a firing reads: held values and their age, events, fields of messages, and what happens without a value. */
import Type from "typebox";
import { expect, test } from "vitest";
import { event, signal, tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { MAX_WAITING } from "../../src/graph/ir.js";
import { parts, probe, problemsOf, run } from "../support/graphs.js";

const log = (items: unknown[]) => `
world: {log: {component: test/script, params: {items: ${JSON.stringify(items)}}}}
streams: {in: {value: {message: Scalar, simulate: log.value}}}
`;

test("a signal is held; fresh, age and stamp tell a new value from an old one", async () => {
  const { seen, component } = probe({ value: "optional" });
  await run(
    `${log([
      [12, "value", 1, 10],
      [33, "value", 2, 33],
    ])}
nodes: {p: {component: test/probe, on: 10ms, in: {value: value}}}
`,
    { components: { "test/probe": component }, for_ms: 60 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.value, s.fresh.length, s.age_ms.value, s.stamp_ms.value])).toEqual([
    [0, undefined, 0, Infinity, Number.NaN],
    [10, undefined, 0, Infinity, Number.NaN],
    [20, 1, 1, 10, 10],
    [30, 1, 0, 20, 10],
    [40, 2, 1, 7, 33],
    [50, 2, 0, 17, 33],
  ]);
});

test("a type that is optional makes a port that is", async () => {
  const lenient = step({
    doc: "Adds what it has.",
    inputs: { value: Type.Number(), bias: Type.Optional(Type.Number()) },
    outputs: { value: Type.Number() },
    step: ({ value, bias = 100 }) => ({ outputs: { value: value + bias } }),
  });
  const { values } = await run(
    `${log([[1, "value", 1]])}
nodes: {p: {component: test/lenient, in: {value: value}}}
`,
    { components: { "test/lenient": lenient }, for_ms: 10 },
  );
  expect(values("p.value")).toEqual([101]);
});

test("max_age counts from the stamp, holds at exactly that age, and its end fires nothing", async () => {
  const { seen, component } = probe({ value: "optional" });
  const { result } = await run(
    `${log([[15, "value", 1, 10]])}
nodes:
  p: {component: test/probe, on: 10ms, in: {value: {from: value, max_age: 20ms}}}
  q: {component: test/pass, in: {value: {from: value, max_age: 20ms}}}
`,
    { components: { "test/probe": component }, for_ms: 60 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.value])).toEqual([
    [0, undefined],
    [10, undefined],
    [20, 1],
    [30, 1],
    [40, undefined],
    [50, undefined],
  ]);
  expect(result.node_steps).toBe(1 + 6 + 1);
});

test("a message that is too old when it comes is missing", async () => {
  const { values, result } = await run(
    `${log([
      [50, "value", 1, 10],
      [60, "value", 2, 59],
    ])}
nodes: {q: {component: test/pass, in: {value: {from: value, max_age: 20ms}}}}
`,
  );
  expect(values("q.value")).toEqual([2]);
  expect(result.skipped).toEqual({ "q.value": 1 });
});

test("missing: skip cancels the firing, counts it, and leaves state and dt alone", async () => {
  const { seen, component } = probe({ value: "signal" });
  const { result } = await run(
    `${log([
      [15, "value", 1],
      [55, "value", 2],
    ])}
nodes: {p: {component: test/probe, on: 10ms, in: {value: {from: value, max_age: 10ms}}}}
`,
    { components: { "test/probe": component }, for_ms: 70 },
  );
  expect(seen.map((s) => [s.time_ms, s.dt_ms, s.inputs.value])).toEqual([
    [20, 0, 1],
    [60, 40, 2],
  ]);
  expect(result.skipped).toEqual({ "p.value": 5 });
  expect(result.warnings.map((w) => [w.code, w.path])).toEqual([["L0607", "/nodes/p"]]);
  expect(result.warnings[0]!.message).toContain("skipped 5 of 7 firings");
});

test("missing: {default} stands in for no value and for one that is too old", async () => {
  const { values } = await run(
    `${log([[15, "value", 1]])}
nodes: {p: {component: test/pass, on: 10ms, in: {value: {from: value, max_age: 10ms, missing: {default: -1}}}}}
`,
    { for_ms: 50 },
  );
  expect(values("p.value")).toEqual([-1, -1, 1, -1, -1]);
});

test("missing: fault says which node, port and time, and of what age the last value was", async () => {
  const faulty = (on: string) =>
    `${log([[15, "value", 1]])}
nodes: {p: {component: test/pass, on: ${on}, in: {value: {from: value, max_age: 10ms, missing: fault}}}}
`;
  const [never] = await problemsOf(run(faulty("10ms"), { for_ms: 50 }));
  expect(never).toMatchObject({ code: "L0604", path: "/nodes/p/in/value" });
  expect(never!.message).toBe("`p` has no value at `value` at 0 s (none has come yet)");
  const [old] = await problemsOf(run(faulty("{clock: 10ms, phase: 20ms}"), { for_ms: 50 }));
  expect(old!.message).toBe("`p` has no value at `value` at 0.03 s (the last one is from 0.015 s)");
});

test("an optional input does not keep a firing from happening", async () => {
  const { seen, component } = probe({ value: "signal", other: "optional" });
  await run(`${log([[5, "value", 1]])}nodes: {p: {component: test/probe, in: {value: value}}}`, {
    components: { "test/probe": component },
  });
  expect(seen.map((s) => s.inputs)).toEqual([{ value: 1, other: undefined }]);
});

test("an event exists only at its own tag", async () => {
  const { seen, component } = probe({ press: "event", tick: "signal" });
  const { result } = await run(
    `
nodes:
  press: {component: test/count, on: 20ms}
  tick: {component: test/count, on: 10ms}
  p: {component: test/probe, on: {each: [tick]}, in: {press: press.value, tick: tick.value}}
`,
    { components: { "test/probe": component }, for_ms: 50 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.press])).toEqual([
    [0, 0],
    [20, 1],
    [40, 2],
  ]);
  expect(result.skipped).toEqual({ "p.press": 2 });
});

const collect = step({
  doc: "Keeps the events.",
  inputs: { value: event(Type.Number()), gate: signal(Type.Number()) },
  outputs: { values: Type.Array(Type.Number(), { maxItems: 2000 }) },
  // biome-ignore lint/suspicious/noExplicitAny: an array where the node is clocked
  step: ({ value }: any) => ({ outputs: { values: value } }),
});

test("events wait through a skipped firing: the array is of what came since the last firing", async () => {
  const { at } = await run(
    `
nodes:
  e: {component: test/count, on: {clock: 4ms, phase: 1ms}}
  gate: {component: test/count, on: {clock: 1s, phase: 15ms}}
  s: {component: test/collect, on: 10ms, in: {value: e.value, gate: gate.value}}
`,
    { components: { "test/collect": collect }, for_ms: 31 },
  );
  expect(at("s.values")).toEqual([
    [20, 0, [0, 1, 2, 3, 4]],
    [30, 0, [5, 6, 7]],
  ]);
});

test("the array of events is bounded: the oldest go, are counted and told", async () => {
  const { values, result } = await run(
    `
nodes:
  e: {component: test/count, on: 1ms}
  gate: {component: test/count, on: 1s}
  s: {component: test/collect, on: {clock: 2s, phase: 1100ms}, in: {value: e.value, gate: gate.value}}
`,
    { components: { "test/collect": collect }, for_ms: 1200 },
  );
  const [events] = values("s.values") as [number[]];
  expect(events).toEqual(Array.from({ length: MAX_WAITING }, (_, i) => 1101 - MAX_WAITING + i));
  expect(result.dropped).toEqual({ "s.value": 1101 - MAX_WAITING });
  expect(result.warnings.find((w) => w.code === "L0609")).toMatchObject({ path: "/nodes/s/in/value" });
});

test("an input may be a field of a message, or one element of a tensor", async () => {
  const state = step({
    doc: "A message with parts.",
    inputs: { value: Type.Number() },
    outputs: {
      state: Type.Object({
        position: tensor([2], { unit: "rad", wraps: true }),
        velocity: tensor([2], { unit: "rad/s" }),
      }),
    },
    step: ({ value }) => ({
      outputs: { state: { position: Float64Array.of(value, 10 * value), velocity: Float64Array.of(-value, 0) } },
    }),
  });
  const whole = step({
    doc: "Takes a tensor.",
    inputs: { value: tensor([2], { unit: "rad/s" }) },
    outputs: { value: tensor([2], { unit: "rad/s" }) },
    step: ({ value }) => ({ outputs: { value } }),
  });
  const angle = step({
    doc: "Takes an angle.",
    inputs: { value: Type.Number({ unit: "rad", wraps: true }) },
    outputs: { value: Type.Number() },
    step: ({ value }) => ({ outputs: { value } }),
  });
  const { values } = await run(
    `
nodes:
  n: {component: test/count, on: 10ms}
  state: {component: test/state, in: {value: n.value}}
  velocity: {component: test/whole, in: {value: "state.state:velocity"}}
  second: {component: test/angle, in: {value: "state.state:position[1]"}}
`,
    { components: { ...parts, "test/state": state, "test/whole": whole, "test/angle": angle }, for_ms: 30 },
  );
  expect(values("second.value")).toEqual([0, 10, 20]);
  expect(values("velocity.value").map((v) => [...(v as Float64Array)])).toEqual([
    [-0, 0],
    [-1, 0],
    [-2, 0],
  ]);
});

test("a message without an optional field brings nothing where that field is read: the last value is held", async () => {
  const sometimes = step({
    doc: "A field that is there every other time.",
    inputs: { value: Type.Number() },
    outputs: { out: Type.Object({ always: Type.Number(), even: Type.Optional(Type.Number()) }) },
    step: ({ value }) => ({ outputs: { out: value % 2 === 0 ? { always: value, even: value } : { always: value } } }),
  });
  const { seen, component } = probe({ tick: "signal", even: "signal" });
  const { values } = await run(
    `
nodes:
  n: {component: test/count, on: 10ms}
  s: {component: test/sometimes, in: {value: n.value}}
  each: {component: test/pass, in: {value: "s.out:even"}}
  p: {component: test/probe, on: {each: [tick]}, in: {tick: n.value, even: "s.out:even"}}
`,
    { components: { "test/sometimes": sometimes, "test/probe": component }, for_ms: 40 },
  );
  expect(values("each.value")).toEqual([0, 2]);
  expect(seen.map((s) => s.inputs.even)).toEqual([0, 0, 2, 2]);
});

test("an output's `initial` is held from the start and triggers nothing", async () => {
  const { seen, component } = probe({ tick: "signal", held: "signal" });
  const { values } = await run(
    `
nodes:
  tick: {component: test/count, on: 10ms}
  late: {component: test/count, on: {clock: 100ms, phase: 15ms}, initial: {value: 7}}
  each: {component: test/pass, in: {value: late.value}}
  p: {component: test/probe, on: {each: [tick]}, in: {tick: tick.value, held: late.value}}
`,
    { components: { "test/probe": component }, for_ms: 30 },
  );
  expect(seen.map((s) => [s.inputs.held, s.fresh.includes("held"), s.age_ms.held])).toEqual([
    [7, false, 0],
    [7, false, 10],
    [0, true, 5],
  ]);
  expect(values("each.value")).toEqual([0]);
});
