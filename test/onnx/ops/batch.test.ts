/** Ops of nets over rows of inputs: N rows at once are N rows one by one, for every drawn shape and set of attributes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { batched } from "../../../src/onnx/batch.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import { treeRegressor } from "../../../src/onnx/functions.js";
import type { Graph, Model, Tensor } from "../../../src/onnx/ir.js";
import { numbers, tensor } from "../../../src/onnx/tensor.js";
import type { Drawn } from "./draw.js";
import { netCases } from "./net_cases.js";

const ROWS = 3;
const model = (graph: Graph): Model => ({
  graph,
  opset: 18,
  domains: { "ai.onnx.ml": 3 },
  producer: "test",
  metadata: {},
});

/** Row `r` of input `i`: the drawn values turned by some places. */
const rowOf = (drawn: Drawn, i: number, r: number): number[] => {
  const own = drawn.values[i];
  return own.map((_, k) => own[(k + r) % own.length]);
};

/** The ops whose weights may not differ from row to row: the first input only is batched. */
const FIRST_ONLY = [
  "BatchNormalization",
  "Conv",
  "ConvTranspose",
  "GRU",
  "InstanceNormalization",
  "LayerNormalization",
  "LSTM",
  "RNN",
];

test.each(netCases)("$op", ({ op, draw }) => {
  fc.assert(
    fc.property(draw, (drawn) => {
      const g = graphBuilder("rows");
      const inputs = drawn.dims.map((dims, i) => g.input(`x${i}`, "float64", dims));
      drawn.build(inputs).forEach((y, i) => {
        g.output(`y${i}`, y);
      });
      const graph = g.graph();
      const names = drawn.dims.map((_, i) => `x${i}`).filter((_, i) => i === 0 || !FIRST_ONLY.includes(op));
      const feed = (i: number, rows: readonly number[]): Tensor => {
        const own = rows.flatMap((r) => rowOf(drawn, i, names.includes(`x${i}`) ? r : 0));
        return tensor("float64", drawn.dims[i], own);
      };
      const together = evaluate(
        model(batched(graph, names)),
        Object.fromEntries(
          drawn.dims.map((dims, i) => {
            if (!names.includes(`x${i}`)) return [`x${i}`, feed(i, [0])];
            const rows = Array.from({ length: ROWS }, (_, r) => rowOf(drawn, i, r));
            return [`x${i}`, tensor("float64", [ROWS, ...dims], rows.flat())];
          }),
        ),
      );
      for (let r = 0; r < ROWS; r++) {
        const alone = evaluate(model(graph), Object.fromEntries(drawn.dims.map((_, i) => [`x${i}`, feed(i, [r])])));
        for (const { name } of graph.outputs) {
          const size = numbers(alone[name]).length;
          expect(together[name].dims).toEqual([ROWS, ...alone[name].dims]);
          numbers(together[name])
            .slice(r * size, (r + 1) * size)
            .forEach((v, k) => {
              expect(v).toBeCloseTo(numbers(alone[name])[k], 12);
            });
        }
      }
    }),
    { numRuns: 25 },
  );
});

test.each([[[2]], [[4, 2]]])("trees on rows of shape [%s]", (dims) => {
  const g = graphBuilder("trees");
  const leaf = (weight: number) => ({ weights: { 0: weight, 1: -weight } });
  const tree = { feature: 1, value: 0, yes: leaf(1), no: { feature: 0, value: 1, yes: leaf(2), no: leaf(3) } };
  g.output("y", treeRegressor(g.input("x", "float64", dims), [tree], 2));
  const size = dims.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: ROWS * size }, (_, i) => Math.sin(i) * 3);
  const y = evaluate(model(batched(g.graph(), ["x"])), { x: tensor("float64", [ROWS, ...dims], values) }).y;
  for (let r = 0; r < ROWS; r++) {
    const alone = evaluate(g.model(), { x: tensor("float64", dims, values.slice(r * size, (r + 1) * size)) }).y;
    expect(y.dims).toEqual([ROWS, ...alone.dims]);
    expect(numbers(y).slice(r * alone.data.length, (r + 1) * alone.data.length)).toEqual(numbers(alone));
  }
});
