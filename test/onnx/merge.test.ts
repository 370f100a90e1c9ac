/** Joining models means composing functions. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { checkModel } from "../../src/onnx/check.js";
import { encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { add, mul } from "../../src/onnx/functions.js";
import type { Graph, Model, Node, Shape } from "../../src/onnx/ir.js";
import { attach, chain } from "../../src/onnx/merge.js";
import { int64s, numbers, tensor } from "../../src/onnx/tensor.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { openSession } from "../../src/session/session.js";
import { sample } from "./sample.js";

function affine(scale: number, shift: number) {
  const g = graphBuilder("affine");
  g.output("out", add(mul(g.input("in", "float32", ["N", 2]), scale), shift));
  return g.model({ scale: String(scale) });
}
function affineOf(shape: Shape): Model {
  const g = graphBuilder("same");
  g.output("out", g.input("in", "float32", shape));
  return g.model();
}
const rows = fc.array(
  fc.tuple(fc.float({ min: -3, max: 3, noNaN: true }), fc.float({ min: -3, max: 3, noNaN: true })),
  { minLength: 1, maxLength: 4 },
);

test("chain(f, g) is g ∘ f, bodies included", () => {
  const joined = chain(affine(2, -1), sample(), { x: "out" });
  expect(checkModel(joined)).toEqual([]);
  expect(joined.metadata).toEqual({ scale: "2", note: "sample" });
  fc.assert(
    fc.property(rows, (values) => {
      const x = tensor("float32", [values.length, 2], values.flat());
      const inner = evaluate(affine(2, -1), { in: x }).out;
      expect(evaluate(joined, { in: x })).toEqual(evaluate(sample(), { x: inner }));
    }),
  );
});

test("one model attached twice under two prefixes: the mean of an ensemble", () => {
  const g = graphBuilder("mean");
  const x = g.input("x", "float32", ["N", 2]);
  const outs = [affine(2, 1), affine(4, 3)].map((m, i) => attach(g, m, { in: x }, `net${i}/`).out);
  g.output("y", mul(outs.reduce(add), 0.5));
  const model = g.model();
  expect(checkModel(model)).toEqual([]);
  expect(numbers(evaluate(model, { x: tensor("float32", [1, 2], [1, 2]) }).y)).toEqual([5, 8]);
});

/** A model of one input, as a foreign one of that opset would be. */
const of = (opset: number, nodes: readonly Node[], output: Shape, initializers: Graph["initializers"] = {}): Model => ({
  graph: {
    name: "foreign",
    inputs: [{ name: "x", dtype: "float32", shape: [2, 3, 1] }],
    outputs: [{ name: "y", dtype: "float32", shape: output }],
    initializers: { two: int64s([2, 2]), pads: int64s([1, 1]), ...initializers },
    nodes,
  },
  opset,
  domains: {},
  producer: "pytorch",
  metadata: {},
});
const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: { [name: string]: number | number[] | string },
): Node => ({
  op,
  inputs,
  outputs,
  attributes: Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "number"
        ? { type: "int", value }
        : typeof value === "string"
          ? { type: "string", value }
          : { type: "ints", value },
    ]),
  ),
});
const symmetric = [node("Resize", ["x"], ["y"], { coordinate_transformation_mode: "half_pixel_symmetric" })];

describe("a model of another opset is brought to the one written here, and means the same", () => {
  test.each<[string, number, Node[], Shape]>([
    ["Squeeze", 11, [node("Squeeze", ["x"], ["y"], { axes: [-1] })], [2, 3]],
    ["Unsqueeze", 12, [node("Unsqueeze", ["x"], ["y"], { axes: [0] })], [1, 2, 3, 1]],
    ["ReduceSum", 12, [node("ReduceSum", ["x"], ["y"], { axes: [1], keepdims: 0 })], [2, 1]],
    ["ReduceMax over all", 17, [node("ReduceMax", ["x"], ["y"], { keepdims: 0 })], []],
    ["ReduceL2", 17, [node("ReduceL2", ["x"], ["y"], { axes: [0, 1] })], [1, 1, 1]],
    ["Split by sizes", 11, [node("Split", ["x"], ["z", "y"], { axis: 1, split: [1, 2] })], [2, 2, 1]],
    ["Split evenly", 13, [node("Split", ["x"], ["z", "y"], { axis: 0 })], [1, 3, 1]],
    ["Dropout", 11, [node("Dropout", ["x"], ["y"], {})], [2, 3, 1]],
    ["Softmax over all axes from one on", 12, [node("Softmax", ["x"], ["y"], { axis: 1 })], [2, 3, 1]],
    ["LogSoftmax by its old default", 11, [node("LogSoftmax", ["x"], ["y"], {})], [2, 3, 1]],
    ["Cast", 19, [node("Cast", ["x"], ["y"], { to: 1, saturate: 0 })], [2, 3, 1]],
    ["Gelu", 20, [node("Gelu", ["x"], ["y"], {})], [2, 3, 1]],
    ["Gelu by tanh", 21, [node("Gelu", ["x"], ["y"], { approximate: "tanh" })], [2, 3, 1]],
  ])("%s of opset %i", async (_, opset, nodes, shape) => {
    const old = of(opset, nodes, shape);
    const joined = chain(affineOf([2, 3, 1]), old, { x: "out" });
    expect(checkModel(joined)).toEqual([]);
    expect(joined.opset).toBe(18);
    const x = tensor("float32", [2, 3, 1], [-2, -1, 0, 0.5, 1, 3]);
    const [ours, direct] = [evaluate(joined, { in: x }).y, evaluate(old, { x }).y];
    const runtime = await openSession(encode(joined));
    const theirs = (await runtime.run({ in: x })).y;
    await runtime.close();
    expect(ours.dims).toEqual(direct.dims);
    expect(theirs.dims).toEqual(direct.dims);
    numbers(direct).forEach((v, i) => {
      expect(Math.abs(numbers(ours)[i] - v)).toBeLessThanOrEqual(2e-7);
      expect(Math.abs(numbers(theirs)[i] - v)).toBeLessThanOrEqual(4e-7);
    });
  });

  test("inside a body", () => {
    const branch = (scale: string): Graph => ({
      name: scale,
      inputs: [],
      outputs: [{ name: `${scale}_y` }],
      initializers: {},
      nodes: [node("ReduceSum", ["x"], [`${scale}_y`], { axes: [scale === "then" ? 0 : 1], keepdims: 1 })],
    });
    const choice: Node = {
      op: "If",
      inputs: ["flag"],
      outputs: ["y"],
      attributes: {
        then_branch: { type: "graph", value: branch("then") },
        else_branch: { type: "graph", value: branch("else") },
      },
    };
    const flag = tensor("bool", [], [0]);
    const joined = chain(affineOf([2, 3, 1]), of(11, [choice], ["?", "?", 1], { flag }), { x: "out" });
    expect(checkModel(joined)).toEqual([]);
    const x = tensor("float32", [2, 3, 1], [1, 2, 3, 4, 5, 6]);
    expect(numbers(evaluate(joined, { in: x }).y)).toEqual([6, 15]);
  });

  test("weights that are inputs too need no feed", () => {
    const scaled = of(13, [node("Mul", ["x", "w"], ["y"], {})], [2, 3, 1], { w: tensor("float32", [1], [3]) });
    const exported: Model = {
      ...scaled,
      graph: { ...scaled.graph, inputs: [...scaled.graph.inputs, { name: "w", dtype: "float32", shape: [1] }] },
    };
    const joined = chain(affineOf([2, 3, 1]), exported, { x: "out" });
    expect(joined.graph.inputs.map((i) => i.name)).toEqual(["in"]);
    const x = tensor("float32", [2, 3, 1], [1, 2, 3, 4, 5, 6]);
    expect(numbers(evaluate(joined, { in: x }).y)).toEqual([3, 6, 9, 12, 15, 18]);
  });
});

test("refusals: an opset that is not read, a form that has none here, an input that nothing feeds, a feed of another dtype", () => {
  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (e) {
      return (e as LimbeckError).problems[0].code;
    }
    return "none";
  };
  const g = graphBuilder("g");
  const x = g.input("x", "float64", ["N", 2]);
  expect(code(() => attach(g, { ...affine(1, 0), opset: 10 }, {}, "p/"))).toBe("L0803");
  expect(code(() => attach(g, of(19, symmetric, []), { x: g.input("xs", "float32", [3]) }, "p/"))).toBe("L0815");
  expect(code(() => attach(g, affine(1, 0), {}, "p/"))).toBe("L0811");
  expect(code(() => attach(g, affine(1, 0), { in: x }, "p/"))).toBe("L0811");
  expect(code(() => chain(affine(1, 0), sample(), { x: "nothing" }))).toBe("L0806");
});
