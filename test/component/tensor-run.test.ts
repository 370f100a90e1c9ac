/** Tensor components in a run: what the engine makes of them is what the same steps by hand say, and snapshots are data. */
import { deserialize, serialize } from "node:v8";
import Type from "typebox";
import { expect, test } from "vitest";
import type { Instance } from "../../src/component/component.js";
import { event, signal, tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { when } from "../../src/component/tensor/symbolic.js";
import { tensorStep } from "../../src/component/tensor/tensor.js";
import * as ops from "../../src/onnx/functions.js";
import { createRun, type Snapshot } from "../../src/runtime/run.js";
import { memory, prepared, run } from "../support/graphs.js";

const joint = Type.Object({ angle: Type.Number(), rates: tensor([2], { dtype: "float32" }) });
const mode = Type.Enum(["slow", "fast"]);
const large = tensor([100]);

const parts = {
  doc: "Each kind of port.",
  inputs: { x: Type.Number(), mode, bias: signal(Type.Number(), { optional: true }) },
  outputs: { joint, count: Type.Integer(), risen: event(Type.Boolean()), trail: large },
};
const byHand = step({
  ...parts,
  state: () => ({ y: 0, n: 0, was: false, trail: new Float64Array(100) }),
  step({ x, mode, bias }, { y, n, was, trail }, { dt, time, age, fresh }) {
    const gain = mode === "fast" ? 0.5 : 0.1;
    const next = y + gain * (x + (bias ?? 1) - y) * (dt > 0 ? 1 : 0);
    const above = next > 4;
    const moved = Float64Array.from(trail, (_, i) => (i === 0 ? next : trail[i - 1]!));
    const rates = Float32Array.of(Math.fround(next) * Math.fround(0.1), (fresh("x") ? 1 : 0) + age("x") + time);
    return {
      outputs: {
        joint: { angle: Math.sin(next), rates },
        count: above && !was ? n + 1 : n,
        ...(above && !was ? { risen: true } : {}),
        trail: moved,
      },
      state: { y: next, n: above && !was ? n + 1 : n, was: above, trail: moved },
    };
  },
});
const traced = tensorStep({
  ...parts,
  state: () => ({ y: 0, n: 0n, was: false, trail: new Float64Array(100) }),
  step({ x, mode, bias }, { y, n, was, trail }, { dt, time, age, fresh, has, constant }) {
    const { add, sub, mul, where, greater, equal, and, not, cast, concat, slice, unsqueeze } = ops;
    const gain = where(equal(mode, 1), constant(0.5), 0.1);
    const offset = bias === undefined ? 1 : where(has("bias"), bias, 1);
    const next = add(y, mul(mul(gain, sub(add(x, offset), y)), cast(greater(dt, 0), "float64")));
    const above = greater(next, 4);
    const rises = and(above, not(was));
    const count = add(n, cast(rises, "int64"));
    const moved = concat([unsqueeze(next, [0]), slice(trail, [0], [99], [0])], 0);
    const second = add(add(cast(fresh("x"), "float64"), age("x")), time);
    const rates = concat([unsqueeze(mul(cast(next, "float32"), 0.1), [0]), unsqueeze(cast(second, "float32"), [0])], 0);
    return {
      outputs: { joint: { angle: ops.sin(next), rates }, count, risen: when(rises, true), trail: moved },
      state: { y: next, n: count, was: above, trail: moved },
    };
  },
});
const modes = step({
  doc: "slow and fast in turn.",
  inputs: {},
  outputs: { mode },
  state: () => 0,
  step: (_, n) => ({ outputs: { mode: n % 3 === 0 ? ("fast" as const) : ("slow" as const) }, state: n + 1 }),
});

const graph = (bias: string) => `
nodes:
  wave: {component: source/chirp, on: 100hz, params: {from: 0.5, to: 3, duration: 2, amplitude: 6}}
  modes: {component: test/modes, on: 7hz}
  late: {component: source/constant, on: {clock: 3hz, phase: 400ms}, params: {value: 2}}
  one: {component: test/one, on: {each: [x]}, in: {x: wave.value, mode: modes.mode${bias}}}
  two: {component: test/one, on: 40hz, in: {x: wave.value, mode: modes.mode${bias}}}
`;
const components = (one: typeof byHand) => ({ "test/one": one as never, "test/modes": modes as never });

test.each(["", ", bias: late.value"])("in a run they say what a step by hand says (%s)", async (bias) => {
  const hand = await run(graph(bias), { components: components(byHand), for_ms: 1500 });
  const tensors = await run(graph(bias), { components: components(traced as never), for_ms: 1500 });
  expect(tensors.result.digest).toBe(hand.result.digest);
  expect(tensors.values("one.risen").length).toBeGreaterThan(0);
  expect(tensors.values("one.joint")).toEqual(hand.values("one.joint"));
});

test("a run that is taken up again from a snapshot says what it would have said", async () => {
  const setup = { components: components(traced as never) };
  const ports = ["one.joint", "one.count", "two.trail", "two.joint"];
  const whole = await run(graph(""), { ...setup, for_ms: 1000 });
  const { typed, component } = await prepared(graph(""), setup);
  const first = await createRun(typed, { component, services: memory() });
  await first.advance(0.5e9);
  const from = deserialize(serialize(await first.snapshot())) as Snapshot;
  await first.finish();
  const second = await createRun(typed, { component, services: memory(), from });
  const said: { [port: string]: unknown[] } = {};
  for (const port of ports) {
    said[port] = [];
    second.port(port).subscribe(({ message }) => said[port]!.push(message));
  }
  await second.advance(1e9);
  await second.finish();
  for (const port of ports) {
    expect(said[port]!.length, port).toBeGreaterThan(10);
    expect(said[port], port).toEqual(whole.values(port).slice(-said[port]!.length));
  }
});

test("nodes that are alike share one function, and their own state", () => {
  const setup = {
    node: "a",
    params: {},
    inputs: { x: { type: "number" }, mode: { enum: ["slow", "fast"] } },
    kinds: {},
  } as never;
  const [a, b] = [traced.instantiate(setup), traced.instantiate(setup)] as {
    step: { run: unknown; initial: unknown };
  }[];
  expect(a!.step.run).toBe(b!.step.run);
  expect(structuredClone(a!.step.initial)).toEqual(a!.step.initial);
});

test("no text of a user is in the code but names of ports and fields, as literals", () => {
  const evil = `"]; process.exit(1); //`;
  const component = tensorStep({
    doc: "Tried.",
    params: Type.Object({ note: Type.String({ default: evil }) }),
    inputs: { x: Type.Number() },
    outputs: { y: Type.Enum(["a", evil]) },
    step: ({ x }) => ({ outputs: { y: ops.cast(ops.greater(x, 1), "int64") } }),
  });
  const { params } = component.signature({}, {});
  const made = component.instantiate({ node: evil, params, inputs: { x: { type: "number" } }, kinds: {} } as never);
  const { run } = (made as Instance).step!;
  expect(String(run)).not.toContain("process");
  expect(run({ x: 2 }, undefined, {} as never, undefined).outputs.y).toBe(evil);
});
