/** Every op over rows of inputs: N rows at once are N rows one by one, for every drawn shape and set of attributes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batched } from "../../../src/onnx/batch.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import * as f from "../../../src/onnx/functions.js";
import type { Graph, Model, Tensor } from "../../../src/onnx/ir.js";
import { numbers, scalar, tensor } from "../../../src/onnx/tensor.js";
import type { Value } from "../../../src/onnx/value.js";
import { cases } from "./cases.js";
import type { Drawn } from "./draw.js";

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
  "GroupNormalization",
  "InstanceNormalization",
  "LayerNormalization",
  "LSTM",
  "RNN",
];

/** The size of what comes out would differ from row to row; OneHot's case has its indices fixed, and draws what is on. */
const UNBATCHED = ["NonZero", "OneHot", "Range"];

test.each(cases.filter((c) => !UNBATCHED.includes(c.op)))("$op", ({ op, draw }) => {
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
  g.output("y", f.treeRegressor(g.input("x", "float64", dims), [tree], 2));
  const size = dims.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: ROWS * size }, (_, i) => Math.sin(i) * 3);
  const y = evaluate(model(batched(g.graph(), ["x"])), { x: tensor("float64", [ROWS, ...dims], values) }).y;
  for (let r = 0; r < ROWS; r++) {
    const alone = evaluate(g.model(), { x: tensor("float64", dims, values.slice(r * size, (r + 1) * size)) }).y;
    expect(y.dims).toEqual([ROWS, ...alone.dims]);
    expect(numbers(y).slice(r * alone.data.length, (r + 1) * alone.data.length)).toEqual(numbers(alone));
  }
});

describe("indices of each row", () => {
  const [D, AT] = [
    [3, 2],
    [2, 2],
  ];
  const index = (x: Value): Value => f.cast(x, "int64");
  const ops: { readonly [name: string]: (x: Value, i: Value, u: Value) => Value } = {
    Gather: (x, i) => f.gather(x, i, 0),
    GatherElements: (x, i) => f.gatherElements(x, i, 0),
    "GatherElements, from the end": (x, i) => f.gatherElements(x, i, -2),
    "ScatterElements, adding": (x, i, u) => f.scatterElements(x, i, u, 0, "add"),
    "ScatterElements, the greatest": (x, i, u) => f.scatterElements(x, i, u, -2, "max"),
    GatherND: (x, i) => f.gatherND(x, i),
    "GatherND of rows": (x, i) => f.gatherND(x, f.slice(i, [0], [1], [1])),
    "GatherND, batches": (x, i) =>
      f.op("GatherND", [f.slice(x, [0], [2], [0]), f.slice(i, [0], [1], [1])], { batch_dims: 1 }),
    "ScatterND, adding": (x, i, u) => f.scatterND(x, f.slice(i, [0], [1], [1]), u, "add"),
    "ScatterND of elements": (x, i, u) => f.scatterND(x, i, f.reduceSum(u, { axes: [1] }), "mul"),
    OneHot: (_, i, u) => f.mul(f.oneHot(i, 3, "float64"), f.unsqueeze(u, [2])),
    "CastLike of Size": (x, i, u) => f.add(u, f.op("CastLike", [f.op("Size", [i]), x])),
    "CastLike, like a row": (x, i, u) => f.mul(u, f.op("CastLike", [i.scope.constant(scalar("int64", 3)), x])),
    Dropout: (x) => f.op("Dropout", [x]),
  };
  // whatever of the three differs from row to row, the result is that of the rows
  test.each(Object.keys(ops))("%s", (name) => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: ROWS * 4, maxLength: ROWS * 4 }),
        fc.subarray(["x", "i", "u"], { minLength: 1 }),
        (places, names) => {
          const g = graphBuilder("picked");
          const [x, i, u] = [g.input("x", "float64", D), g.input("i", "float64", AT), g.input("u", "float64", AT)];
          g.output("y", ops[name](x, index(i), u));
          const given: { readonly [input: string]: { dims: number[]; all: number[] } } = {
            x: { dims: D, all: Array.from({ length: ROWS * 6 }, (_, k) => Math.sin(k)) },
            i: { dims: AT, all: places },
            u: { dims: AT, all: Array.from({ length: ROWS * 4 }, (_, k) => Math.cos(k)) },
          };
          const at = (input: string, r: number): Tensor => {
            const { dims, all } = given[input];
            const size = all.length / ROWS;
            const from = names.includes(input) ? r * size : 0;
            return tensor("float64", dims, all.slice(from, from + size));
          };
          const alone = Array.from({ length: ROWS }, (_, r) =>
            evaluate(g.model(), { x: at("x", r), i: at("i", r), u: at("u", r) }),
          );
          const many = evaluate(
            model(batched(g.graph(), names)),
            Object.fromEntries(
              Object.entries(given).map(([input, { dims, all }]) => [
                input,
                names.includes(input) ? tensor("float64", [ROWS, ...dims], all) : at(input, 0),
              ]),
            ),
          );
          expect(many.y.dims).toEqual([ROWS, ...alone[0].y.dims]);
          expect(numbers(many.y)).toEqual(alone.flatMap((one) => numbers(one.y)));
        },
      ),
      { numRuns: 20 },
    );
  });
});

test("what would give another shape for each row is refused for that reason", () => {
  const g = graphBuilder("found");
  g.output("y", f.op("NonZero", [g.input("x", "float64", [3])]));
  expect(() => batched(g.graph(), ["x"])).toThrow("NonZero `nonzero_1` cannot be given a batch axis: the shape");
});
