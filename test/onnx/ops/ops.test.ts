/** Every op: its evaluation against ONNX Runtime, its gradient against finite differences, its inference against both. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradient } from "../../../src/onnx/autodiff.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { checkModel } from "../../../src/onnx/check.js";
import { decode, encode } from "../../../src/onnx/codec/index.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import { add, mul, reduceSum } from "../../../src/onnx/functions.js";
import type { Dtype, Model, Tensor } from "../../../src/onnx/ir.js";
import { pruned } from "../../../src/onnx/names.js";
import { ops } from "../../../src/onnx/ops/index.js";
import { numbers, tensor } from "../../../src/onnx/tensor.js";
import { openSession } from "../../../src/session/session.js";
import { cases } from "./cases.js";
import type { Drawn } from "./draw.js";

/** Ops that ONNX Runtime has no float64 kernel for, or one that works in float32. */
const FLOAT32_ONLY = [
  "Acos",
  "Acosh",
  "Asin",
  "Asinh",
  "Atan",
  "Atanh",
  "AveragePool",
  "Celu",
  "Col2Im",
  "Conv",
  "ConvTranspose",
  "Cosh",
  "Erf",
  "GRU",
  "GridSample",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "HardSwish",
  "Hardmax",
  "InstanceNormalization",
  "LSTM",
  "Mean",
  "NonZero",
  "OneHot",
  "RNN",
  "Resize",
  "Shrink",
  "Sinh",
  "Tan",
];

/** Ops whose activations ONNX Runtime approximates, to about 1e-5 a step. */
const APPROXIMATE = ["GRU", "LSTM", "RNN"];

/** The op's outputs, a weighted sum of them as the loss, and its gradients. */
function modelOf(drawn: Drawn, dtype: Dtype): { model: Model; feeds: { [name: string]: Tensor } } {
  const g = graphBuilder("case");
  const inputs = drawn.dims.map((dims, i) => g.input(`x${i}`, dtype, dims));
  const outputs = drawn.build(inputs);
  outputs.forEach((o, i) => {
    g.output(`y${i}`, o);
  });
  // weights that differ from element to element: a gradient that ends up in the wrong place is seen
  const weighted = outputs.map((o) => {
    const dims = o.shape as number[];
    const count = dims.reduce((n, d) => n * d, 1);
    return reduceSum(
      mul(
        o,
        g.constant(
          tensor(
            dtype,
            dims,
            Array.from({ length: count }, (_, i) => 1 + (i % 7) / 8),
          ),
        ),
      ),
    );
  });
  const loss = weighted.reduce(add);
  g.output("loss", loss);
  gradient(loss, inputs).forEach((d, i) => {
    g.output(`d${i}`, d);
  });
  const feeds = Object.fromEntries(drawn.dims.map((dims, i) => [`x${i}`, tensor(dtype, dims, drawn.values[i])]));
  return { model: g.model(), feeds };
}

const lossOf = (model: Model) => model.graph.outputs.filter((o) => o.name === "loss");

/** Elements of an input that are moved in one run. */
const MOST_ELEMENTS = 12;

const close = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));

/** An op of a newer opset than the one that is written, which becomes others there, and one without a gradient. */
const OTHERWISE = ["Gelu", "Loop"];

/** Ops with a test file of their own, `trees.test.ts`: nothing of theirs is differentiated, and their attributes are lists. */
const ELSEWHERE = ["ai.onnx.ml.TreeEnsembleClassifier", "ai.onnx.ml.TreeEnsembleRegressor"];

test("every op has a case", () => {
  expect([...cases.map((c) => c.op), ...ELSEWHERE, ...OTHERWISE].sort()).toEqual([...ops.keys()].sort());
});

describe.each(cases)("$op", ({ op, draw }) => {
  test("gradient agrees with central differences", () => {
    fc.assert(
      fc.property(draw, (drawn) => {
        const { model, feeds } = modelOf(drawn, "float64");
        const at = evaluate(model, feeds);
        const forward = { ...model, graph: pruned({ ...model.graph, outputs: lossOf(model) }) };
        const step = 1e-6;
        drawn.values.forEach((values, i) => {
          const analytic = numbers(at[`d${i}`]);
          expect(at[`d${i}`].dims).toEqual(drawn.dims[i]);
          values.forEach((value, k) => {
            // of a large input some elements, in other places from run to run
            if ((k + values.length) % Math.ceil(values.length / MOST_ELEMENTS) !== 0) return;
            const loss = (moved: number): number =>
              Number(
                evaluate(forward, { ...feeds, [`x${i}`]: tensor("float64", drawn.dims[i], values.with(k, moved)) }).loss
                  .data[0],
              );
            const [below, here, above] = [loss(value - step), loss(value), loss(value + step)];
            // at a kink (two that are the least) there are two slopes
            if (Math.abs(above - 2 * here + below) > 1e-3 * step) return;
            const numeric = (above - below) / (2 * step);
            // the loss is rounded, and so is the difference
            const rounding = (4 * Number.EPSILON * Math.abs(here)) / step;
            if (!close(analytic[k], numeric, 2e-7 + rounding))
              throw new Error(`d${i}[${k}] is ${analytic[k]}, numerically ${numeric}`);
          });
        });
      }),
      { numRuns: 30 },
    );
  });

  test("evaluation and gradient agree with ONNX Runtime; the file reads back; inference gives the true shapes", async () => {
    const dtype = FLOAT32_ONLY.includes(op) ? "float32" : "float64";
    const tolerance = dtype === "float64" ? 1e-13 : APPROXIMATE.includes(op) ? 3e-5 : 3e-6;
    await fc.assert(
      fc.asyncProperty(draw, async (drawn) => {
        const { model, feeds } = modelOf(drawn, dtype);
        expect(checkModel(model)).toEqual([]);
        const bytes = encode(model);
        expect(decode(bytes)).toEqual(model);
        const session = await openSession(bytes);
        const ours = evaluate(model, feeds);
        const theirs = await session.run(feeds);
        for (const { name, shape, dtype: declared } of model.graph.outputs) {
          expect(theirs[name].dims).toEqual(ours[name].dims);
          expect(ours[name].dims).toEqual(shape);
          expect(ours[name].dtype).toBe(declared);
          const [a, b] = [numbers(ours[name]), numbers(theirs[name])];
          a.forEach((v, i) => {
            if (!close(v, b[i], tolerance)) throw new Error(`${name}[${i}] is ${v}, ONNX Runtime says ${b[i]}`);
          });
        }
        await session.close();
      }),
      { numRuns: 15 },
    );
  });
});
