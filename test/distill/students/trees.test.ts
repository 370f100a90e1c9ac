/** Tree students: bins, one tree, forests and boosting, and that the model says what the trees say. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boosted } from "../../../src/distill/students/boosted.js";
import { forest } from "../../../src/distill/students/forest.js";
import { predict } from "../../../src/distill/students/predict.js";
import { binsOf } from "../../../src/distill/students/tree/bins.js";
import { grow, leafOf } from "../../../src/distill/students/tree/grow.js";
import { encode } from "../../../src/onnx/codec/index.js";
import type { Matrix } from "../../../src/train/matrix.js";
import { choices, data, nmse, rows, steps } from "./teacher.js";

const common = { seed: 7, now: () => 0 };
const column = (values: readonly number[]): Matrix => ({
  rows: values.length,
  width: 1,
  data: Float32Array.from(values),
});

describe("bins", () => {
  test("a value is in the bin whose edges it lies between, to the last bit, and bins hold about as many rows each", () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(float, { minLength: 1, maxLength: 400 }), (values) => {
        const { codes, edges } = binsOf(column(values));
        expect(edges[0].length).toBeLessThan(256);
        values.forEach((v, r) => {
          const code = codes[r];
          if (code < edges[0].length) expect(v <= edges[0][code]).toBe(true);
          if (code > 0) expect(v > edges[0][code - 1]).toBe(true);
        });
        // few distinct values: no two of them share a bin
        const distinct = new Set(values.map((v) => v + 0)).size;
        if (distinct <= 256) expect(new Set(codes).size).toBe(distinct);
      }),
    );
    const many = binsOf(column(Array.from({ length: 10_000 }, (_, i) => Math.sin(i))));
    const counts = many.codes.reduce((n, c) => n.with(c, n[c] + 1), new Array<number>(256).fill(0));
    expect(Math.max(...counts)).toBeLessThan(2 * (10_000 / 256));
  });
});

describe("one tree", () => {
  const options = { depth: 3, leaf: 1, lambda: 0, columns: () => [0, 1] };
  // a step in the second column only
  const x: Matrix = { rows: 6, width: 2, data: Float32Array.of(1, 0, 2, 0, 1, 1, 2, 1, 1, 2, 2, 2) };
  const targets = Float64Array.of(5, 5, 5, 5, -1, -1);
  const all = () => Int32Array.from({ length: 6 }, (_, r) => r);

  test("finds the one split that there is, and leaves the rest alone", () => {
    const tree = grow(binsOf(x), { outputs: 1, targets }, all(), options);
    expect(tree.column).toEqual([1, -1, -1]);
    expect(tree.threshold[0]).toBe(1.5);
    expect(leafOf(tree, Float32Array.of(9, 1.5))).toEqual(Float64Array.of(5));
    expect(leafOf(tree, Float32Array.of(9, 1.6))).toEqual(Float64Array.of(-1));
  });

  test("keeps to its depth, to the least rows of a leaf, and pulls leaves to zero by λ", () => {
    const stump = grow(binsOf(x), { outputs: 1, targets }, all(), { ...options, depth: 0, lambda: 6 });
    expect(stump.value).toEqual([Float64Array.of(18 / 12)]);
    const large = grow(binsOf(x), { outputs: 1, targets }, all(), { ...options, leaf: 3 });
    // two rows of −1 are too few for a leaf: the best cut that there may be is in the middle, and it is no use
    for (const value of large.value) if (value) expect(value[0]).toBeGreaterThan(-1);
  });

  test("an edge that is drawn splits where it was drawn", () => {
    const tree = grow(binsOf(x), { outputs: 1, targets }, all(), { ...options, columns: () => [1], edge: () => 0 });
    expect(tree.threshold[0]).toBe(0.5);
  });
});

describe.each([
  ["a random forest", forest, { splits: "best", leaf: 2 }],
  ["extremely randomised trees", forest, { splits: "drawn", leaf: 2 }],
  ["boosted trees", boosted, {}],
] as const)("%s", (_, student, options) => {
  test("learns steps that no line follows", async () => {
    const { model } = await student.fit(steps(1500), { ...common, ...options });
    const held = steps(400, 9).train;
    expect(nmse(await predict(model, held.x), held.y)[0]).toBeLessThan(0.05);
  });

  test("learns a choice beside a number: the more likely is said", async () => {
    const { model } = await student.fit(choices(1500), { ...common, ...options, trees: 20, rounds: 60 });
    const held = choices(500, 9).train;
    const said = await predict(model, held.x);
    let right = 0;
    for (let r = 0; r < said.rows; r++) {
      const p = [...said.data.subarray(r * 4, r * 4 + 3)];
      expect(p[0] + p[1] + p[2]).toBeCloseTo(1, 4);
      if (held.y.data[r * 4 + p.indexOf(Math.max(...p))] === 1) right++;
    }
    expect(right / said.rows).toBeGreaterThan(0.93);
  });

  test("one seed, one file; another seed, another", async () => {
    const small = { ...options, trees: 3, rounds: 5 };
    const file = async (seed: number) => encode((await student.fit(data(), { ...common, ...small, seed })).model);
    expect(Buffer.compare(await file(1), await file(1))).toBe(0);
    expect(Buffer.compare(await file(1), await file(2))).not.toBe(0);
  });

  test("an abort leaves a model of the trees that there are", async () => {
    const controller = new AbortController();
    const fitted = await student.fit(data(), {
      ...common,
      ...options,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(fitted.interrupted).toBe(true);
    expect((await predict(fitted.model, rows(3, 3).x)).rows).toBe(3);
  });
});

test("boosting stops where the validation error does, and keeps no round after the best", async () => {
  const { details } = await boosted.fit(steps(300), { ...common, rounds: 300, patience: 10, leaf: 2 });
  expect((details.rounds as number[])[0]).toBeLessThan(280);
  // rows to validate on of which the mean is the whole truth: no tree is kept
  const { train, validation, ...rest } = steps(300);
  const mean = train.y.data.reduce((a, b) => a + b, 0) / train.y.rows;
  const flat = { x: validation.x, y: { ...validation.y, data: validation.y.data.map(() => mean) } };
  expect((await boosted.fit({ ...rest, train, validation: flat }, common)).details.trees).toBe(0);
});

test("a forest chooses by validation how it splits, and says what it tried", async () => {
  const { details } = await forest.fit(data(), { ...common, trees: 4 });
  const tried = details.tried as { splits: string; leaf: number; validation_loss: number }[];
  expect(tried).toHaveLength(4);
  const best = tried.reduce((a, b) => (b.validation_loss < a.validation_loss ? b : a));
  expect([details.splits, details.leaf]).toEqual([best.splits, best.leaf]);
});
