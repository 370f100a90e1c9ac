/** Tree ensembles: random trees of every mode, aggregate and transform against ONNX Runtime; what makes no trees. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradient } from "../../../src/onnx/autodiff.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { checkModel } from "../../../src/onnx/check.js";
import { decode, encode } from "../../../src/onnx/codec/index.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import { type Tree, type TreeBranch, type TreeLeaf, treeLists } from "../../../src/onnx/functions/trees.js";
import { add, mul, op, reduceSum, treeClassifier, treeRegressor } from "../../../src/onnx/functions.js";
import type { Dtype, Model } from "../../../src/onnx/ir.js";
import { numbers, tensor } from "../../../src/onnx/tensor.js";
import type { Attributes } from "../../../src/onnx/value.js";
import { LimbeckError } from "../../../src/problem/problem.js";
import { openSession } from "../../../src/session/session.js";

const WIDTH = 3;
const COMPARISONS = ["<=", "<", ">=", ">", "==", "!="] as const;
/** Quarters: rows meet thresholds exactly, and sums are exact in float32 whatever their order. */
const quarter = fc.integer({ min: -8, max: 8 }).map((i) => i / 4);

const trees = (weights: fc.Arbitrary<TreeLeaf["weights"]>): fc.Arbitrary<Tree> =>
  fc.letrec<{ tree: Tree; leaf: TreeLeaf; branch: TreeBranch }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, tie("leaf"), tie("branch")),
    leaf: fc.record({ weights }),
    branch: fc.record({
      comparison: fc.constantFrom(...COMPARISONS),
      feature: fc.nat(WIDTH - 1),
      value: quarter,
      missing: fc.boolean(),
      yes: tie("tree"),
      no: tie("tree"),
    }),
  })).tree;

const rows = (dtype: Dtype): fc.Arbitrary<number[][]> =>
  fc.array(
    fc.array(
      dtype.startsWith("float")
        ? fc.oneof({ weight: 9, arbitrary: quarter }, fc.constant(Number.NaN))
        : fc.integer({ min: -2, max: 2 }),
      {
        minLength: WIDTH,
        maxLength: WIDTH,
      },
    ),
    { minLength: 1, maxLength: 4 },
  );

/** Whether some leaf has a weight at all; without any there is nothing to add up. */
const weighs = (tree: Tree): boolean =>
  "weights" in tree ? Object.keys(tree.weights).length > 0 : weighs(tree.yes) || weighs(tree.no);

/** Reads back from its file, is fine to the checker, and says what ONNX Runtime says, NaN included. */
async function agrees(model: Model, x: ReturnType<typeof tensor>, tolerance: number): Promise<void> {
  expect(checkModel(model)).toEqual([]);
  const bytes = encode(model);
  expect(decode(bytes)).toEqual(model);
  const ours = evaluate(model, { x });
  const session = await openSession(bytes);
  const theirs = await session.run({ x });
  await session.close();
  for (const { name } of model.graph.outputs) {
    expect(ours[name].dims).toEqual(theirs[name].dims);
    const expected = numbers(theirs[name]);
    numbers(ours[name]).forEach((v, i) => {
      const same = Object.is(v, expected[i]) || Math.abs(v - expected[i]) <= tolerance * Math.max(1, Math.abs(v));
      if (!same) throw new Error(`${name}[${i}] is ${v}, ONNX Runtime says ${expected[i]}`);
    });
  }
}

const weightsOf = (id: fc.Arbitrary<number>, weight: fc.Arbitrary<number>, minLength: number) =>
  fc
    .uniqueArray(fc.tuple(id, weight), { minLength, maxLength: 2, selector: ([to]) => to })
    .map((w) => Object.fromEntries(w));
const inputs = fc.constantFrom<Dtype>("float32", "float64", "int64", "int32");
const transform = fc.constantFrom("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO");

test("a regressor says what ONNX Runtime says", async () => {
  const drawn = fc
    .tuple(fc.constantFrom<Dtype>("float32", "float64"), fc.integer({ min: 1, max: 3 }))
    .chain(([dtype, targets]) => {
      const leaf = weightsOf(fc.nat(targets - 1), quarter, 0);
      return fc.record({
        dtype: fc.constant(dtype),
        targets: fc.constant(targets),
        forest: fc.array(trees(leaf), { minLength: 1, maxLength: 4 }).filter((f) => f.some(weighs)),
        aggregate: fc.constantFrom<"SUM" | "AVERAGE" | "MIN" | "MAX">("SUM", "AVERAGE", "MIN", "MAX"),
        transform,
        base: fc.option(fc.array(quarter, { minLength: targets, maxLength: targets }), { nil: undefined }),
        x: rows(dtype),
      });
    });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ dtype, targets, forest, aggregate, transform, base, x }) => {
      const g = graphBuilder("trees");
      const input = g.input("x", dtype, ["N", WIDTH]);
      const y = treeRegressor(input, forest, targets, { aggregate, transform, ...(base && { base }) });
      expect(y).toMatchObject({ dtype: "float32", shape: ["N", targets] });
      g.output("y", y);
      expect(g.model().domains).toEqual({ "ai.onnx.ml": 3 });
      await agrees(g.model(), tensor(dtype, [x.length, WIDTH], x.flat()), 1e-6);
    }),
    { numRuns: 150 },
  );
});

test("PROBIT is the approximation that ONNX Runtime has", async () => {
  const g = graphBuilder("probit");
  const forest = [0.1, 0.3, 0.5, 0.9].map((p): Tree => ({ weights: { 0: p / 4 } }));
  const y = treeRegressor(g.input("x", "float32", ["N", 1]), forest, 1, { transform: "PROBIT" });
  g.output("y", y);
  await agrees(g.model(), tensor("float32", [1, 1], [0]), 1e-5);
  // the true value of √2·erf⁻¹(2·0.45 − 1)
  expect(numbers(evaluate(g.model(), { x: tensor("float32", [1, 1], [0]) }).y)[0]).toBeCloseTo(-0.125661, 2);
});

test("a classifier says what ONNX Runtime says", async () => {
  const drawn = fc
    .tuple(inputs, fc.integer({ min: 2, max: 4 }), fc.boolean(), fc.nat(1))
    .chain(([dtype, classes, positive, only]) => {
      const weight = positive ? quarter.map(Math.abs) : quarter;
      // of many classes at least one weight a leaf: a row without any has no label
      const leaf = weightsOf(classes === 2 ? fc.constant(only) : fc.nat(classes - 1), weight, classes === 2 ? 0 : 1);
      const base = classes === 2 ? (only === 0 ? [1] : []) : [classes];
      return fc.record({
        dtype: fc.constant(dtype),
        classes: fc.constant(classes),
        forest: fc.array(trees(leaf), { minLength: 1, maxLength: 4 }).filter((f) => f.some(weighs)),
        transform,
        base: fc.option(
          fc.constantFrom(0, ...base).chain((n) => fc.array(quarter, { minLength: n, maxLength: n })),
          { nil: undefined },
        ),
        x: rows(dtype),
      });
    });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ dtype, classes, forest, transform, base, x }) => {
      const g = graphBuilder("trees");
      const input = g.input("x", dtype, ["N", WIDTH]);
      const labels = Array.from({ length: classes }, (_, i) => 10 - 3 * i);
      const { label, scores: score } = treeClassifier(input, forest, labels, { transform, ...(base && { base }) });
      expect(label).toMatchObject({ dtype: "int64", shape: ["N"] });
      expect(score).toMatchObject({ dtype: "float32", shape: ["N", classes] });
      g.output("label", label);
      g.output("score", score);
      await agrees(g.model(), tensor(dtype, [x.length, WIDTH], x.flat()), 1e-6);
    }),
    { numRuns: 150 },
  );
});

describe("what makes no trees is refused", () => {
  const tree: Tree = { feature: 2, value: 0, yes: { weights: { 0: 1 } }, no: { weights: { 0: 2 } } };
  const stump = treeLists([tree], "target", "float32");
  const reason = (change: Attributes, width: number | string = WIDTH): string => {
    try {
      op("ai.onnx.ml.TreeEnsembleRegressor", [graphBuilder("g").input("x", "float32", ["N", width])], {
        ...stump,
        n_targets: 1,
        ...change,
      });
    } catch (e) {
      if (e instanceof LimbeckError) return e.problems[0].message;
      throw e;
    }
    return "none";
  };
  test.each<[string, Attributes, string]>([
    ["the lists fit", {}, "none"],
    ["a list too short", { nodes_values: [0] }, "nodes_values has 1 elements, not 3"],
    ["an unknown mode", { nodes_modes: ["BRANCH_NEAR", "LEAF", "LEAF"] }, "BRANCH_NEAR"],
    ["a child that is not there", { nodes_truenodeids: [7, 0, 0] }, "no node 7"],
    ["two ways to one node", { nodes_truenodeids: [2, 0, 0] }, "hangs on two branches"],
    ["a ring", { nodes_truenodeids: [0, 0, 0] }, "no root"],
    ["one node twice", { nodes_nodeids: [0, 1, 1] }, "two nodes 1"],
    ["a weight at a branch", { target_nodeids: [0, 2] }, "is no leaf"],
    ["two weights for one target", { target_nodeids: [2, 2] }, "two weights for target 0"],
    ["a weight for no target", { target_ids: [0, 1] }, "target 1 of 1"],
    ["base values that do not fit", { base_values: [1, 2] }, "2 base values for 1 targets"],
    ["an unknown aggregate", { aggregate_function: "MEDIAN" }, "MEDIAN"],
    ["an unknown transform", { post_transform: "CUBE" }, "CUBE"],
  ])("%s", (_, change, message) => expect(reason(change)).toContain(message));
  test("rows without a feature that a branch looks at", () => {
    expect(reason({}, 2)).toContain("looks at feature 2, the rows have 2");
    expect(reason({}, "F")).toBe("none");
  });
  test("no gradient goes through trees, and they keep none from what is beside them", () => {
    const g = graphBuilder("g");
    const x = g.input("x", "float32", ["N", WIDTH]);
    const y = op("ai.onnx.ml.TreeEnsembleRegressor", [x], { ...stump, n_targets: 1 });
    const [beside] = gradient(add(reduceSum(y), reduceSum(mul(x, 3))), [x]);
    const [through] = gradient(reduceSum(y), [x]);
    g.output("beside", beside!);
    g.output("through", through!);
    const said = evaluate(g.model(), { x: tensor("float32", [2, WIDTH], new Float32Array(2 * WIDTH).fill(0.4)) });
    expect([...numbers(said.beside!)]).toEqual(new Array(2 * WIDTH).fill(3));
    expect([...numbers(said.through!)]).toEqual(new Array(2 * WIDTH).fill(0));
  });
});
