/** Passes over graphs: fewer ops, the same bits. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import * as f from "../../src/onnx/functions.js";
import { type Graph, OPSET } from "../../src/onnx/ir.js";
import { optimised } from "../../src/onnx/optimise.js";
import { scalar } from "../../src/onnx/tensor.js";
import { closeOps, exactOps, randomGraph } from "../support/random-graph.js";

const model = (graph: Graph) => ({ graph, opset: OPSET, domains: {}, producer: "test", metadata: {} });

test("random graphs keep their inputs, outputs and bits, and lose ops", () => {
  let [before, after] = [0, 0];
  fc.assert(
    fc.property(randomGraph({ ...exactOps, ...closeOps }), ({ graph, feeds }) => {
      const slim = optimised(graph);
      expect(slim.inputs).toEqual(graph.inputs);
      expect(slim.outputs).toEqual(graph.outputs);
      expect(evaluate(model(slim), feeds)).toEqual(evaluate(model(graph), feeds));
      before += graph.nodes.length;
      after += slim.nodes.length;
      expect(slim.nodes.length).toBeLessThanOrEqual(graph.nodes.length);
    }),
    { numRuns: 200 },
  );
  expect(after).toBeLessThan(before);
});

test("what is constant is computed, what is computed twice is computed once", () => {
  const g = graphBuilder("g");
  const x = g.input("x", "float64", []);
  const three = f.add(g.constant(scalar("float64", 1)), 2);
  g.output("y", f.add(f.mul(f.identity(x), three), f.mul(x, three)));
  g.output("three", three);
  expect(optimised(g.graph()).nodes.map(({ op }) => op)).toEqual(["Mul", "Add", "Identity", "Identity"]);
});
