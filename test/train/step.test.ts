/** The training step against the textbook, worked out here in double precision without ONNX. */
import { describe, expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { gemm } from "../../src/onnx/functions.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import type { Loss } from "../../src/train/loss.js";
import { huber } from "../../src/train/losses/huber.js";
import { mse } from "../../src/train/losses/mse.js";
import { adamW } from "../../src/train/optimisers/adamw.js";
import { constant } from "../../src/train/schedules/constant.js";
import { cosine } from "../../src/train/schedules/cosine.js";
import { train } from "../../src/train/train.js";
import { now } from "./problem.js";

const x = { rows: 4, width: 2, data: Float32Array.from([1, 2, -1, 0.5, 0.25, -2, 3, 1]) };
const y = { rows: 4, width: 1, data: Float32Array.from([1, -2, 0.5, 3]) };

/** y = x·w + b, the mean squared error, its gradient, clipping, decay, Adam: as in the papers. */
function textbook(steps: number, o: { rate: number; weight_decay: number; clip: number; average: number }) {
  const p = [0.3, -0.2, 0.1];
  const average = [...p];
  const [m, v] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let t = 1; t <= steps; t++) {
    const g = [0, 0, 0];
    for (let r = 0; r < 4; r++) {
      const [a, b] = x.data.subarray(2 * r);
      const error = (2 * (p[0] * a + p[1] * b + p[2] - y.data[r])) / 4;
      g[0] += error * a;
      g[1] += error * b;
      g[2] += error;
    }
    const scale = Math.min(1, o.clip / Math.hypot(...g));
    for (let i = 0; i < 3; i++) {
      m[i] = 0.9 * m[i] + 0.1 * g[i] * scale;
      v[i] = 0.999 * v[i] + 0.001 * (g[i] * scale) ** 2;
      if (i < 2) p[i] -= o.rate * o.weight_decay * p[i];
      p[i] -= (o.rate * m[i]) / (1 - 0.9 ** t) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8);
      average[i] += (1 - Math.min(o.average, (1 + t) / (10 + t))) * (p[i] - average[i]);
    }
  }
  return { p, average };
}

async function ours(steps: number, o: { rate: number; weight_decay: number; clip: number; average?: number }) {
  const { parameters } = await train({
    forward: (input, p) => gemm(input, p.w, p.b, { transB: 1 }),
    parameters: { w: tensor("float32", [1, 2], [0.3, -0.2]), b: tensor("float32", [1], [0.1]) },
    data: { train: { x, y }, validation: { x, y } },
    optimiser: adamW({ weight_decay: o.weight_decay }),
    schedule: constant,
    rate: o.rate,
    epochs: steps,
    batch: 4,
    seed: 1,
    clip_norm: o.clip,
    ...(o.average !== undefined && { average: o.average }),
    now,
  });
  return [...numbers(parameters.w), ...numbers(parameters.b)];
}

describe.each([
  ["plain", { rate: 0.05, weight_decay: 0, clip: 1e9 }],
  ["with decay, which leaves biases alone", { rate: 0.05, weight_decay: 0.3, clip: 1e9 }],
  ["clipped", { rate: 0.05, weight_decay: 0, clip: 0.1 }],
])("Adam, %s", (_, o) => {
  test.each([1, 2, 20])("%i steps", async (steps) => {
    const expected = textbook(steps, { ...o, average: 0 }).p;
    (await ours(steps, o)).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5);
    });
  });
});

test("the moving average of the parameters is what is kept", async () => {
  const o = { rate: 0.05, weight_decay: 0, clip: 1e9, average: 0.9 };
  const expected = textbook(20, o).average;
  (await ours(20, o)).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5);
  });
});

test.each<[Loss, (e: number) => number]>([
  [mse, (e) => e * e],
  [huber(1), (e) => (Math.abs(e) <= 1 ? 0.5 * e * e : Math.abs(e) - 0.5)],
  [huber(0.25), (e) => (Math.abs(e) <= 0.25 ? 0.5 * e * e : 0.25 * (Math.abs(e) - 0.125))],
])("loss %o is the mean of its formula", (loss, formula) => {
  const g = graphBuilder("loss");
  const [a, b] = ["a", "b"].map((name) => g.input(name, "float64", [2, 3]));
  g.output("loss", loss.of(a, b));
  const [p, t] = [
    [0.1, 2, -3, 0.5, 0.26, 0],
    [0, 0.5, 1, 0.5, 0, -0.25],
  ];
  const out = evaluate(g.model(), { a: tensor("float64", [2, 3], p), b: tensor("float64", [2, 3], t) });
  expect(Number(out.loss.data[0])).toBeCloseTo(p.reduce((sum, v, i) => sum + formula(v - t[i]), 0) / 6, 12);
});

test("the cosine rises, falls to its floor, and has its middle in the middle", () => {
  const schedule = cosine({ floor: 0.1, warmup: 0.2 });
  expect([10, 20, 60, 100].map((step) => schedule.factor(step, 100))).toEqual([
    0.5,
    1,
    expect.closeTo(0.55, 12),
    expect.closeTo(0.1, 12),
  ]);
});
