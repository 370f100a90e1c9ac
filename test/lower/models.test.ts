/** Models inside a policy: flattened and unflattened as beside a run, with what they look back at and carry on. */
import Type from "typebox";
import { expect, test } from "vitest";
import { model } from "../../src/component/model.js";
import { tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import type { Transforms } from "../../src/message/transforms/transforms.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { add, concat, mul, slice, tanh, unsqueeze, where } from "../../src/onnx/functions.js";
import type { Model } from "../../src/onnx/ir.js";
import { beside } from "./beside.js";

/** Takes columns of `x` and `y`; gives five sums of neighbours. */
function sums(x: number, y: number, carries = false): Model {
  const g = graphBuilder("sums");
  const all = concat([g.input("obs.x", "float32", ["N", x]), g.input("obs.y", "float32", ["N", y])], 1);
  const column = (i: number) => slice(all, [i % (x + y)], [(i % (x + y)) + 1], [1]);
  let said = concat(
    Array.from({ length: 7 }, (_, i) => add(mul(column(i), 0.5), column(i + 1))),
    1,
  );
  if (carries) {
    const before = g.input("state_in.h", "float32", ["N", 7]);
    const begun = unsqueeze(g.input("reset", "bool", ["N"]), [1]);
    said = add(where(begun, mul(said, 3), mul(before, 0.25)), said);
    g.output("state_out.h", said);
  }
  g.output("act.out", carries ? said : tanh(said));
  return g.model();
}

const joints = tensor([2], { wraps: true, unit: "rad" });
const answer = Type.Object({
  angle: Type.Number({ wraps: true, unit: "rad" }),
  mode: Type.Enum(["a", "b"]),
  on: Type.Boolean(),
  v: tensor([2], { dtype: "float32" }),
});
const source = step({
  doc: "Two angles.",
  inputs: {},
  outputs: { value: joints },
  state: () => 0,
  step: (_, k) => ({ outputs: { value: Float64Array.of(0.3 * k, Math.sin(k)) }, state: k + 1 }),
});

const graph = `
streams:
  in:
    x: {message: Joints, simulate: source.value, contract: {rate: 100hz}}
    y: {message: Scalar, simulate: other.value, contract: {rate: 40hz, jitter: 3ms}}
messages: {Joints: {tensor: [2], unit: rad, wraps: true}}
world:
  source: {component: t/two}
  other: {component: source/chirp, params: {amplitude: 2, from: 2, to: 3, duration: 1}}
nodes:
  line: {component: t/affine, on: 100hz, in: {value: y}}
  net: {component: t/net, on: 100hz, in: {x: x, y: line.value}}
  pick: {component: t/affine, on: 100hz, in: {value: "net.out:angle"}}
  all: {component: t/take, on: 50hz, in: {value: net.out}}
`;

const net = (transforms?: Transforms) =>
  model({
    model: "net@1",
    inputs: { x: joints, y: Type.Number() },
    outputs: { out: answer },
    ...(transforms === undefined ? {} : { transforms }),
  });
const take = step({
  doc: "Takes.",
  inputs: { value: answer },
  outputs: { value: answer },
  step: ({ value }) => ({ outputs: { value } }),
});

const history = (more: Partial<Transforms> = {}): Transforms => ({
  over: "rows",
  step_ns: 2e7,
  steps: [
    { kind: "history", port: "x", rows: 3 },
    { kind: "difference", port: "y" },
  ],
  ...more,
});

test.each([
  ["as it is", sums(4, 1), undefined, 40],
  ["with state of its own", sums(4, 1, true), undefined, 40],
  ["that looks back, and begins with its first row", sums(12, 2), history({ pad: "first" }), 40],
  ["that looks back, and is silent at first", sums(12, 2), history(), 36],
] as const)("a model %s", async (_, onnx, transforms, messages) => {
  const { ports, lowered } = await beside(
    graph,
    { nodes: ["line", "net", "pick"] },
    {
      for_ms: 400,
      components: { "t/two": source, "t/net": net(transforms), "t/take": take },
      models: { "net@1": onnx },
      tolerance: 1e-6,
    },
  );
  expect(lowered.facts.parents).toEqual(["net@1"]);
  expect(ports.map(({ port, first }) => [port, first])).toEqual([["out", undefined]]);
  expect(ports[0]!.messages).toBeGreaterThanOrEqual(messages - 1);
});
