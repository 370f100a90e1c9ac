/** Joining models means composing functions. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { checkModel } from "../../src/onnx/check.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { add, mul } from "../../src/onnx/functions.js";
import { attach, chain } from "../../src/onnx/merge.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { sample } from "./sample.js";

function affine(scale: number, shift: number) {
  const g = graphBuilder("affine");
  g.output("out", add(mul(g.input("in", "float32", ["N", 2]), scale), shift));
  return g.model({ scale: String(scale) });
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

test("refusals: another opset, an input that nothing feeds, a feed of another dtype", () => {
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
  expect(code(() => attach(g, { ...affine(1, 0), opset: 13 }, {}, "p/"))).toBe("L0815");
  expect(code(() => attach(g, affine(1, 0), {}, "p/"))).toBe("L0811");
  expect(code(() => attach(g, affine(1, 0), { in: x }, "p/"))).toBe("L0811");
  expect(code(() => chain(affine(1, 0), sample(), { x: "nothing" }))).toBe("L0806");
});
