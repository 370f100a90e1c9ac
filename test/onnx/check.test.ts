/** The checker says what is wrong with a model, all of it, by code. */
import { describe, expect, test } from "vitest";
import { assertModel, checkModel } from "../../src/onnx/check.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import type { Attribute, Graph, Model, Node } from "../../src/onnx/ir.js";
import { MAX_NESTING, MAX_NODES } from "../../src/onnx/limits.js";
import { optimised } from "../../src/onnx/optimise.js";
import { scalar, tensor } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { sample } from "./sample.js";

const base = sample();
const withGraph = (change: Partial<Graph>): Model => ({ ...base, graph: { ...base.graph, ...change } });
const withNodes = (...extra: Node[]): Model => withGraph({ nodes: [...base.graph.nodes, ...extra] });
const node = (op: string, inputs: string[], outputs: string[], rest: Partial<Node> = {}): Node => ({
  op,
  inputs,
  outputs,
  attributes: {},
  ...rest,
});
const codes = (model: Model, options = {}): string[] => checkModel(model, options).map((p) => p.code);

test("a model made by the builder is fine", () => {
  expect(checkModel(base)).toEqual([]);
  expect(assertModel(base)).toBe(base);
});

describe("problems", () => {
  test.each([
    ["a dangling name", withNodes(node("Neg", ["nowhere"], ["z"])), ["L0806"]],
    ["nodes out of order", withGraph({ nodes: base.graph.nodes.toReversed() }), ["L0806", "L0806"]],
    ["a name defined twice", withNodes(node("Neg", ["x"], ["y"])), ["L0807"]],
    ["an unknown op", withNodes(node("Sigmiod", ["x"], ["z"])), ["L0805"]],
    ["an op of a foreign domain", withNodes(node("Tanh", ["x"], ["z"], { domain: "com.microsoft" })), ["L0805"]],
    ["dtypes that differ", withNodes(node("Shape", ["x"], ["s"]), node("Add", ["x", "s"], ["z"])), ["L0808"]],
    ["shapes that do not fit", withNodes(node("MatMul", ["w", "w"], ["z"])), ["L0808"]],
    [
      "a depth below one",
      withGraph({
        nodes: [...base.graph.nodes, node("OneHot", ["depth", "depth", "offOn"], ["z"])],
        initializers: {
          ...base.graph.initializers,
          depth: scalar("int64", -5),
          offOn: tensor("float32", [2], [0, 1]),
        },
      }),
      ["L0808"],
    ],
    [
      "an attribute of the wrong type",
      withNodes(node("Transpose", ["w"], ["z"], { attributes: { perm: { type: "int", value: 1 } } })),
      ["L0808"],
    ],
    [
      "an attribute that the op does not have",
      withNodes(node("Neg", ["w"], ["z"], { attributes: { axis: { type: "int", value: 1 } } })),
      ["L0808"],
    ],
    ["too many inputs", withNodes(node("Neg", ["w", "w"], ["z"])), ["L0808"]],
    ["an output that nothing gives", withGraph({ outputs: [{ name: "gone" }] }), ["L0806"]],
    ["an output of another dtype", withGraph({ outputs: [{ name: "y", dtype: "int64", shape: ["N", 3] }] }), ["L0808"]],
    ["an old opset", { ...base, opset: 10 }, ["L0803"]],
    ["a new opset", { ...base, opset: 22 }, ["L0803"]],
    ["an input without a type", withGraph({ inputs: [{ name: "x" }] }), ["L0808"]],
  ])("%s", (_, model, expected) => {
    const found = codes(model);
    expect(found.filter((c, i) => found.indexOf(c) === i)).toEqual(
      expected.filter((c, i) => expected.indexOf(c) === i),
    );
    expect(() => assertModel(model)).toThrow(LimbeckError);
  });

  test.each<[string, readonly (number | string)[], boolean]>([
    ["as it is", ["N", 3], true],
    ["under another symbol", ["M", 3], true],
    ["with a size left open", ["N", "?"], true],
    ["of another size", ["N", 7], false],
    ["of another rank", ["N", 3, 1], false],
  ])("an output that is declared %s", (_, shape, fits) => {
    const model = withGraph({ outputs: [{ name: "y", dtype: "float32", shape }] });
    const found = checkModel(model).map(({ code, severity, path }) => [code, severity, path]);
    expect(found).toEqual(fits ? [] : [["L0819", "warning", "/outputs"]]);
    // ONNX Runtime goes on with what the ops give
    expect(assertModel(model)).toBe(model);
  });

  test("all at once", () => {
    const model = withNodes(node("Sigmiod", ["x"], ["z"]), node("Neg", ["nowhere"], ["z2"]), node("Neg", ["x"], ["y"]));
    expect(codes(model)).toEqual(["L0805", "L0806", "L0807"]);
  });

  test("an unknown op is told with the nearest name", () => {
    const helpFor = (op: string) => checkModel(withNodes(node(op, ["x"], ["z"])))[0].help;
    for (const [slip, op] of [
      ["Sigmiod", "Sigmoid"],
      ["reduceSumm", "ReduceSum"],
      ["SoftPlus", "Softplus"],
    ] as const)
      expect(helpFor(slip)).toContain(`\`${op}\``);
    // ops that are others, with names that are nearly the same
    for (const other of ["MaxUnpool", "Swish", "LRN", "Det"]) expect(helpFor(other)).not.toContain("Did you mean");
  });
});

test("opsets 11 and 21 are read", () => {
  for (const opset of [11, 21])
    expect(codes({ ...withGraph({ nodes: [node("Tanh", ["x"], ["y"])], outputs: [{ name: "y" }] }), opset })).toEqual(
      [],
    );
});

describe("foreign models", () => {
  const conv = withNodes(
    node("NonMaxSuppression", ["x", "w"], ["c"]),
    node("Relu", ["c"], ["r"]),
    node("Add", ["r", "nowhere"], ["z"]),
  );
  test("an op of ONNX that is not in the list is left to the runtime; names are still checked", () => {
    expect(codes(conv, { ops: "any" })).toEqual(["L0806"]);
    expect(codes(conv)).toContain("L0805");
  });
  test("operators of other makers are refused all the same", () => {
    expect(codes(withNodes(node("Evil", ["x"], ["z"], { domain: "my.ops" })), { ops: "any" })).toEqual(["L0805"]);
    expect(codes(withNodes(node("Scaler", ["x"], ["z"], { domain: "ai.onnx.ml" })), { ops: "any" })).toEqual([]);
  });
});

describe("limits, on each side", () => {
  const many = (n: number): Model =>
    withGraph({ nodes: Array.from({ length: n }, (_, i) => node("Custom", ["x"], [`n${i}`])), outputs: [] });
  test("ops", () => {
    expect(codes(many(MAX_NODES), { ops: "any" })).toEqual([]);
    expect(codes(many(MAX_NODES + 1), { ops: "any" })).toEqual(["L0804"]);
  });
  test("graphs inside graphs", () => {
    const nested = (depth: number): Graph =>
      depth === 0
        ? { name: "leaf", inputs: [], outputs: [], initializers: {}, nodes: [] }
        : {
            name: `g${depth}`,
            inputs: [],
            outputs: [],
            initializers: {},
            nodes: [
              node("Custom", [], [`o${depth}`], { attributes: { body: { type: "graph", value: nested(depth - 1) } } }),
            ],
          };
    expect(codes({ ...base, graph: nested(MAX_NESTING) }, { ops: "any" })).toEqual([]);
    expect(codes({ ...base, graph: nested(MAX_NESTING + 1) }, { ops: "any" })).toEqual(["L0804"]);
  });
  test("elements of a value", () => {
    const huge = (n: number): Model =>
      withGraph({
        initializers: { ...base.graph.initializers, shape: tensor("int64", [2], [n, 2 ** 14]) },
        nodes: [...base.graph.nodes, node("Expand", ["zero1", "shape"], ["z"])],
        inputs: [...base.graph.inputs, { name: "zero1", dtype: "float32", shape: [1] }],
      });
    expect(codes(huge(2 ** 14))).toEqual([]);
    expect(codes(huge(2 ** 14 + 1))).toEqual(["L0804"]);
  });
  // a file of a few bytes may ask for any amount of work on its constants; the checker must not do it
  const attribute = (...value: number[]): Attribute => ({ type: "ints", value });
  const equation: Attribute = {
    type: "string",
    value: `${Array.from({ length: 20 }, (_, i) => "abcdefghijklmnopqrstu".slice(i, i + 2)).join()}->`,
  };
  test.each([
    ["MaxPool", node("MaxPool", ["image"], ["z"], { attributes: wide(2 ** 31) })],
    ["AveragePool", node("AveragePool", ["image"], ["z"], { attributes: wide(2 ** 31) })],
    ["Einsum", node("Einsum", new Array(20).fill("square"), ["z"], { attributes: { equation } })],
  ])("work on constants: %s", (_, laborious) => {
    const model = withGraph({
      initializers: {
        ...base.graph.initializers,
        image: tensor("float32", [1, 1, 4, 4], new Array(16).fill(1)),
        square: tensor("float32", [32, 32], new Array(1024).fill(1)),
      },
      nodes: [...base.graph.nodes, laborious],
      outputs: [...base.graph.outputs, { name: "z" }],
    });
    expect(codes(model)).toEqual([]);
    expect(optimised(model.graph).nodes.map(({ op }) => op)).toContain(laborious.op);
    const feeds = { x: tensor("float32", [1, 2], [1, 2]) };
    expect(() => evaluate(model, feeds)).toThrow("the limit is 268435456");
  });
  function wide(kernel: number): Node["attributes"] {
    return { kernel_shape: attribute(kernel, kernel), pads: attribute(...new Array<number>(4).fill(kernel / 2)) };
  }
  test("what is large is not computed beforehand, and not at all over the limit", () => {
    const model = (n: number): Model =>
      withGraph({
        inputs: [],
        initializers: { shape: tensor("int64", [2], [n, 2 ** 14]) },
        nodes: [node("ConstantOfShape", ["shape"], ["z"])],
        outputs: [{ name: "z" }],
      });
    expect(optimised(model(2 ** 30).graph).nodes.map(({ op }) => op)).toEqual(["ConstantOfShape"]);
    expect(() => evaluate(model(2 ** 14 + 1), {})).toThrow("elements of one tensor of 268451840");
  });
});
