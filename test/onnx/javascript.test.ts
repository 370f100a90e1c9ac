/** Laws of generated JavaScript: it is reference evaluation, to the bit, and ONNX Runtime, to the bit or a few units of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import * as f from "../../src/onnx/functions.js";
import { type Graph, OPSET, type Tensor, type Tensors } from "../../src/onnx/ir.js";
import { compileJavaScript } from "../../src/onnx/javascript/compile.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { closeOps, exactOps, randomGraph } from "../support/random-graph.js";

const model = (graph: Graph) => ({ graph, opset: OPSET, domains: {}, producer: "test", metadata: {} });

const plain = (t: Tensor): number | number[] => (t.dims.length === 0 ? numbers(t)[0]! : numbers(t));

/** What a graph gives as generated JavaScript, as reference evaluation writes it. */
function generated(graph: Graph, feeds: Tensors): (number | number[])[] {
  const run = compileJavaScript(graph);
  const inputs = graph.inputs.map(({ name }) => plain(feeds[name]!));
  const first = run(inputs);
  const again = run(inputs).map((x) => (typeof x === "number" ? x : Array.from(x)));
  expect(again, "the same again").toEqual(first.map((x) => (typeof x === "number" ? x : Array.from(x))));
  return again;
}

const reference = (graph: Graph, feeds: Tensors): (number | number[])[] => {
  const results = evaluate(model(graph), feeds);
  return graph.outputs.map(({ name }) => plain(results[name]!));
};

test("random graphs: the bits of reference evaluation", () => {
  fc.assert(
    fc.property(randomGraph({ ...exactOps, ...closeOps }), ({ graph, feeds }) => {
      expect(generated(graph, feeds)).toEqual(reference(graph, feeds));
    }),
    { numRuns: 300 },
  );
});

test("integers: counting, dividing, comparing, picking", () => {
  const g = graphBuilder("integers");
  const [a, b] = [g.input("a", "int64", []), g.input("b", "int64", [])];
  const table = g.constant(tensor("float64", [3], [1.5, 2.5, 3.5]));
  const outputs = [
    f.add(a, b),
    f.mul(a, b),
    f.div(a, b),
    f.sub(a, 7),
    f.less(a, b),
    f.cast(f.mul(a, b), "float64"),
    f.neg(a),
  ];
  outputs.push(f.gather(table, f.clip(a, 0, 2)));
  outputs.push(f.cast(f.div(f.cast(a, "float64"), f.cast(b, "float64")), "int64"));
  outputs.forEach((v, i) => {
    g.output(`y${i}`, v);
  });
  const graph = g.graph();
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -5, max: 5 }), (x, y) => {
      const feeds = { a: tensor("int64", [], [x]), b: tensor("int64", [], [y]) };
      expect(generated(graph, feeds)).toEqual(reference(graph, feeds));
    }),
  );
});
