/** Stages and rows: a graph cut up and run row by row gives what it gives whole. */
import { expect, test } from "vitest";
import { rng } from "../../src/component/rng.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { add, cast, concat, greater, matmul, mul, not, sin, tanh, where } from "../../src/onnx/functions.js";
import type { Graph, Tensor, TensorData } from "../../src/onnx/ir.js";
import { compileRows } from "../../src/onnx/javascript/rows.js";
import { stagesOf } from "../../src/onnx/stages.js";
import { allocate, isBig, numbers, sizeOf, tensor } from "../../src/onnx/tensor.js";

const ROWS = 5;
const draws = rng(11);
const drawn = (dims: number[]): Tensor =>
  tensor(
    "float32",
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => draws.between(-1, 1)),
  );

/** Arithmetic, a net of two layers, arithmetic, a small product, an output that is an input, one that is constant. */
function mixed() {
  const g = graphBuilder("mixed");
  const x = g.input("x", "float32", ["N", 16]);
  const count = g.input("count", "int64", ["N"]);
  const on = g.input("on", "bool", ["N"]);
  const hidden = tanh(matmul(sin(x), g.initializer("w0", drawn([16, 20]))));
  const net = matmul(hidden, g.initializer("w1", drawn([20, 2])));
  const wide = concat([x, x, x, x, x], 1);
  g.output("y", mul(add(net, 1), g.initializer("gain", drawn([2]))));
  g.output("small", matmul(mul(net, 2), g.initializer("m", drawn([2, 2]))));
  g.output("off", not(on));
  g.output("more", add(count, cast(where(on, add(count, 1), count), "int64")));
  g.output("far", greater(wide, 0));
  return g.model();
}

const plain = (t: Tensor): TensorData => (isBig(t.dtype) ? Float64Array.from(numbers(t)) : t.data);

function rowsOf(graph: Graph, values: Map<string, TensorData>, sizes: (name: string) => number): void {
  const to = graph.outputs.map(({ name, dtype }) => {
    const data = isBig(dtype!) ? new Float64Array(sizes(name)) : allocate(dtype!, sizes(name));
    values.set(name, data);
    return data;
  });
  compileRows(graph)(
    graph.inputs.map(({ name }) => values.get(name)!),
    to,
    ROWS,
  );
}

test("stages follow each other, and give what the whole gives", () => {
  const model = mixed();
  const stages = stagesOf(model);
  // a small product behind a net is the net's
  expect(stages.map(({ kind }) => kind)).toEqual(["code", "net", "code"]);
  expect(stages[1]!.graph.nodes.map(({ op }) => op)).toEqual(["MatMul", "Tanh", "MatMul", "Mul", "MatMul"]);
  const inputs = {
    x: drawn([ROWS, 16]),
    count: tensor("int64", [ROWS], [0, -1, 2, 2 ** 40, 4]),
    on: tensor("bool", [ROWS], [1, 0, 1, 0, 1]),
  };
  const whole = evaluate(model, inputs);
  const values = new Map(Object.entries(inputs).map(([name, t]) => [name, plain(t)]));
  const sizes = (graph: Graph) => (name: string) =>
    ROWS * sizeOf(graph.outputs.find((output) => output.name === name)!.shape!.slice(1) as number[]);
  for (const { graph } of stages) rowsOf(graph, values, sizes(graph));
  for (const [name, expected] of Object.entries(whole)) {
    const found = values.get(name)!;
    for (const [i, v] of Array.from(plain(expected) as Float32Array).entries())
      expect(Number(found[i])).toBeCloseTo(Number(v), 5);
  }
});

test("what has no net is one stage, and rows of it are bit-equal to the whole", () => {
  const g = graphBuilder("arithmetic");
  const x = g.input("x", "float64", ["N", 3]);
  g.output("y", mul(sin(x), add(x, 0.1)));
  g.output("same", x);
  const model = g.model();
  expect(stagesOf(model).map(({ kind }) => kind)).toEqual(["code"]);
  const data = Float64Array.from({ length: ROWS * 3 }, () => draws.between(-9, 9));
  const values = new Map<string, TensorData>([["x", data]]);
  rowsOf(stagesOf(model)[0]!.graph, values, () => ROWS * 3);
  expect(values.get("y")).toEqual(evaluate(model, { x: tensor("float64", [ROWS, 3], data) }).y!.data);
  expect(values.get("same")).toEqual(data);
});
