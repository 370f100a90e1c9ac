/** Nodes that are alike share one generated function; what a trace read of the params decides who is alike. */
import Type from "typebox";
import { expect, test } from "vitest";
import type { Instance, Setup } from "../../src/component/component.js";
import cartPole from "../../src/component/lib/sim/cart-pole.js";
import { tensorStep } from "../../src/component/tensor/tensor.js";
import * as ops from "../../src/onnx/functions.js";

let traces = 0;
const lag = tensorStep({
  doc: "A lag that begins anywhere.",
  params: Type.Object({ gain: Type.Number(), start: Type.Array(Type.Number()) }),
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  state: ({ start }) => ({ x: Float64Array.from(start) }),
  step({ value }, { x }, { params }) {
    traces++;
    const next = ops.add(x, ops.mul(ops.sub(value, x), params.gain));
    return { outputs: { value: ops.reduceSum(next) }, state: { x: next } };
  },
});

const made = (component: { instantiate: unknown }, params: object, inputs: object = { value: { type: "number" } }) =>
  (component.instantiate as (setup: Partial<Setup>) => Instance)({
    node: "n",
    params: params as never,
    inputs: inputs as never,
    kinds: { value: "signal" },
    trigger: { kind: "clock", period_ns: 1e7, phase_ns: 0 },
  }).step!;

test("where a state begins makes no function of its own", () => {
  const first = made(lag, { gain: 0.5, start: [1, 2] });
  const again = traces;
  const other = made(lag, { gain: 0.5, start: [-3, 4] });
  expect(traces).toBe(again);
  expect(other.run).toBe(first.run);
  expect([first.initial, other.initial]).toEqual([
    [1, 2],
    [-3, 4],
  ]);
});

test("a param that is computed with, a state of another size and another input do", () => {
  const first = made(lag, { gain: 0.5, start: [1, 2] });
  for (const params of [
    { gain: 0.25, start: [1, 2] },
    { gain: -0, start: [1, 2] },
    { gain: 0, start: [1, 2] },
    { gain: 0.5, start: [1, 2, 3] },
  ])
    expect(made(lag, params).run).not.toBe(first.run);
  expect(made(lag, { gain: -0, start: [1, 2] }).run).not.toBe(made(lag, { gain: 0, start: [1, 2] }).run);
});

test("a plant from 256 drawn starts is one function, what looks at it in simulation included", () => {
  const { params } = cartPole.signature({}, {});
  const runs = Array.from(
    { length: 256 },
    (_, i) => made(cartPole, { ...params, state0: [0, 0, i / 100, 0] }, { force: { type: "number" } }).run,
  );
  expect(new Set(runs).size).toBe(1);
  expect(made(cartPole, { ...params, pole_mass: 0.3 }, { force: { type: "number" } }).run).not.toBe(runs[0]);
});
