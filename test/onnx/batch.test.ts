/** The law of batching: N rows at once are N rows one by one, whatever N is, gradients included. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { differentiate } from "../../src/onnx/autodiff.js";
import { batched } from "../../src/onnx/batch.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { scan } from "../../src/onnx/control.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import * as f from "../../src/onnx/functions.js";
import { type Graph, OPSET, type Tensor, type Tensors } from "../../src/onnx/ir.js";
import { numbers, sizeOf, tensor } from "../../src/onnx/tensor.js";
import type { Value } from "../../src/onnx/value.js";
import { closeOps, exactOps, randomGraph } from "../support/random-graph.js";

const model = (graph: Graph) => ({ graph, opset: OPSET, domains: {}, producer: "test", metadata: {} });

/** Rows of tensors as one, and one row of it. */
const stacked = (rows: readonly Tensor[]): Tensor => ({
  ...tensor(rows[0]!.dtype, [rows.length, ...rows[0]!.dims], rows.flatMap(numbers)),
});
const row = (t: Tensor, i: number): number[] => {
  const size = sizeOf(t.dims.slice(1));
  return numbers(t).slice(i * size, (i + 1) * size);
};

/** Other values in the same shapes: those of the first row, turned by some places. */
const turned = (feeds: Tensors, by: number): Tensors =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, t]) => {
      const own = numbers(t);
      return [
        name,
        tensor(
          t.dtype,
          t.dims,
          own.map((_, i) => own[(i + by) % own.length]! + (Number.isFinite(own[i]!) ? by / 8 : 0)),
        ),
      ];
    }),
  );

test("random graphs: rows at once are rows one by one", () => {
  let count = 0;
  fc.assert(
    fc.property(
      randomGraph({ ...exactOps, ...closeOps }, { shapes: [[], [3], [2, 3], [1, 3], [5]] }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      ({ graph, feeds }, n, chosen) => {
        const names = graph.inputs.map(({ name }) => name).filter((_, i) => chosen[i] || i === 0);
        const many = batched(graph, names);
        expect(many.outputs.every(({ shape }) => shape![0] === "N" || shape![0] === "?")).toBe(true);
        const rows = Array.from({ length: n }, (_, i) => ({
          ...feeds,
          ...Object.fromEntries(Object.entries(turned(feeds, i)).filter(([name]) => names.includes(name))),
        }));
        const given = Object.fromEntries(
          graph.inputs.map(({ name }) => [
            name,
            names.includes(name) ? stacked(rows.map((r) => r[name]!)) : feeds[name]!,
          ]),
        );
        const together = evaluate(model(many), given);
        rows.forEach((r, i) => {
          const alone = evaluate(model(graph), r);
          for (const { name } of graph.outputs) expect(row(together[name]!, i), name).toEqual(numbers(alone[name]!));
        });
        count += graph.nodes.length;
      },
    ),
    { numRuns: 300 },
  );
  expect(count).toBeGreaterThan(1000);
});

test("a batch axis stays symbolic through matrices, loops and picks", () => {
  const g = graphBuilder("g");
  const [x, w] = [g.input("x", "float64", [3]), g.input("w", "float64", [2, 3])];
  const table = g.constant(tensor("float64", [4], [1, 2, 4, 8]));
  const at = f.cast(f.clip(f.reduceSum(x), 0, 3), "int64");
  const { states, outputs } = scan([f.gather(table, at)], [x], ([s], [e]) => ({
    states: [f.add(s!, e!)],
    outputs: [f.mul(s!, e!)],
  }));
  g.output("y", f.matmul(w, x));
  g.output("s", states[0]!);
  g.output("o", outputs[0]!);
  g.output("p", f.gather(x, at));
  const many = batched(g.graph(), ["x"]);
  expect(many.outputs.map(({ shape }) => shape)).toEqual([["N", 2], ["N"], ["N", 3], ["N"]]);
});

test("the gradient through a batched graph is that of its rows", () => {
  const g = graphBuilder("g");
  const [x, w] = [g.input("x", "float64", [3]), g.input("w", "float64", [2, 3])];
  const loss = (y: Value) => f.reduceSum(f.mul(y, f.tanh(y)));
  const { states } = scan([f.matmul(w, x)], [x], ([s], [e]) => ({ states: [f.sin(f.add(s!, e!))] }));
  g.output("loss", loss(f.concat([states[0]!, f.clip(x, -1, 1)], 0)));
  const rows = [
    [0.1, 0.2, 0.3],
    [-0.4, 0.5, -0.6],
  ];
  const weights = tensor("float64", [2, 3], [1, -2, 3, 0.5, 0.25, -1]);
  const many = batched(g.graph(), ["x"]);
  const whole = graphBuilder("whole");
  const inputs = [whole.input("x", "float64", ["N", 3]), whole.input("w", "float64", [2, 3])];
  whole.output("loss", f.reduceSum(whole.include(many, inputs, "many/")[0]!));
  const both = evaluate(differentiate(whole.model(), "loss", ["x", "w"]), {
    x: tensor("float64", [2, 3], rows.flat()),
    w: weights,
  });
  const each = rows.map((r) =>
    evaluate(differentiate(g.model(), "loss", ["x", "w"]), { x: tensor("float64", [3], r), w: weights }),
  );
  each.forEach((one, i) => {
    row(both["gradient.x"]!, i).forEach((v, k) => {
      expect(v).toBeCloseTo(numbers(one["gradient.x"]!)[k]!, 12);
    });
  });
  numbers(both["gradient.w"]!).forEach((v, k) => {
    expect(v).toBeCloseTo(numbers(each[0]!["gradient.w"]!)[k]! + numbers(each[1]!["gradient.w"]!)[k]!, 12);
  });
});
