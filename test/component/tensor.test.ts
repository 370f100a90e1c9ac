/** Tensor components: what is traced, how it runs, and what is refused. */
import Type from "typebox";
import { expect, test } from "vitest";
import { event, signal, tensor } from "../../src/component/ports.js";
import { repeat, when } from "../../src/component/tensor/symbolic.js";
import { tensorStep } from "../../src/component/tensor/tensor.js";
import * as ops from "../../src/onnx/functions.js";
import { solo } from "../../src/testing/solo.js";

const said = (component: Parameters<typeof solo>[0], messages: readonly unknown[], port = "value") =>
  solo(component)
    .play(
      messages.map((message, i) => ({ time_ns: i * 1e9, port, message: message as never })),
      messages.length * 1e9,
    )
    .map(({ message }) => message);

test("a number, a state and dt", () => {
  const integral = tensorStep({
    doc: "Integrates.",
    inputs: { value: Type.Number() },
    outputs: { value: Type.Number() },
    state: () => ({ sum: 0 }),
    step({ value }, { sum }, { dt }) {
      const next = ops.add(sum, ops.mul(value, dt));
      return { outputs: { value: next }, state: { sum: next } };
    },
  });
  expect(said(integral, [1, 2, 3])).toEqual([0, 2, 5]);
});

test("objects, lists, choices, booleans, integers and tensors are leaves", () => {
  const kinds = ["stop", "go"] as const;
  const echo = tensorStep({
    doc: "Each kind of leaf.",
    inputs: {
      value: Type.Object({
        pose: Type.Object({ angle: Type.Number() }),
        pair: Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 }),
        mode: Type.Enum(kinds),
        force: tensor([2], { dtype: "float32" }),
      }),
    },
    outputs: {
      value: Type.Object({
        mode: Type.Enum(kinds),
        pair: Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 }),
        angle: Type.Number(),
        force: tensor([2], { dtype: "float32" }),
      }),
    },
    step: ({ value: { pose, pair, mode, force } }) => ({
      outputs: {
        value: { mode: ops.sub(1, mode), pair: [ops.add(pair[0]!, 1), pair[1]!], angle: ops.neg(pose.angle), force },
      },
    }),
  });
  const message = { pose: { angle: 1 }, pair: [41, 7], mode: "go", force: Float32Array.of(1, 2) };
  expect(said(echo, [message])).toEqual([{ mode: "stop", pair: [42, 7], angle: -1, force: Float32Array.of(1, 2) }]);
  const program = echo.tensor!({ node: "echo", params: {}, inputs: { value: { type: "object" } }, kinds: {} })!;
  expect(program.inputs.map(({ name }) => name)).toEqual([
    "in.value:force",
    "in.value:mode",
    "in.value:pair[0]",
    "in.value:pair[1]",
    "in.value:pose.angle",
  ]);
});

test("a port is silent where it is told to be", () => {
  const changes = tensorStep({
    doc: "Passes on what changes.",
    inputs: { value: Type.Number() },
    outputs: { value: event(Type.Number()) },
    state: () => ({ last: Number.NaN }),
    step: ({ value }, { last }) => ({
      outputs: { value: when(ops.greater(ops.abs(ops.sub(value, last)), 0), value) },
      state: { last: value },
    }),
  });
  expect(said(changes, [1, 1, 2, 2, 1])).toEqual([2, 1]);
});

test("an optional input without a value reads as zeros, and says so", () => {
  const both = tensorStep({
    doc: "Adds.",
    inputs: { value: Type.Number(), bias: signal(Type.Number(), { optional: true }) },
    outputs: { value: Type.Number() },
    step: ({ value, bias }, _, { has }) => ({
      outputs: { value: ops.where(has("bias"), ops.add(value, bias!), -1) },
    }),
  });
  expect(said(both, [1])).toEqual([-1]);
});

test.each([3, 20])("repeat of %i rounds", (n) => {
  const powers = tensorStep({
    doc: "2ⁿ.",
    inputs: { value: Type.Number() },
    outputs: { value: Type.Number() },
    step: ({ value }) => ({ outputs: { value: repeat(n, [value], ([x]) => [ops.mul(x, 2)])[0] } }),
  });
  expect(said(powers, [1])).toEqual([2 ** n]);
});
