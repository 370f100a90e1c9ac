/** Batch normalisation: running statistics are state of the training, and part of what is written. */
import { describe, expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { batchNormalization, gemm, mul } from "../../src/onnx/functions.js";
import type { Tensors } from "../../src/onnx/ir.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { batchNorm } from "../../src/train/batch-norm.js";
import type { Environment } from "../../src/train/environment.js";
import { mse } from "../../src/train/losses/mse.js";
import { modelFunction } from "../../src/train/model-function.js";
import { sgd } from "../../src/train/optimisers/sgd.js";
import { type TrainerOptions, trainer } from "../../src/train/trainer.js";
import { codeOf, columns, parameters as weights } from "./problem.js";

const HIDDEN = 16;
const channel = (value: number) => tensor("float32", [HIDDEN], new Float32Array(HIDDEN).fill(value));
const parameters: Tensors = {
  ...weights(3),
  "norm.scale": channel(1),
  "norm.bias": channel(0),
  "norm.mean": channel(0),
  "norm.variance": channel(1),
};
const environment: Environment = (p, { x, y }, step) => {
  const h = batchNorm("norm", gemm(x, p.w1, p.b1, { transB: 1 }), p, step);
  return mse.of(gemm(h, p.w2, p.b2, { transB: 1 }), y);
};
const data = { train: columns(150, 1), validation: columns(40, 2) };
const base = { environment, parameters, data, epochs: 3, batch: 32, rate: 0.01, seed: 7, worker: false } as const;
const run = (more: Partial<TrainerOptions> = {}) => trainer({ ...base, ...more }).run();
const values = (found: Tensors, name: string): number[] => numbers(found[name]!);

/** The net as a file, that another framework may have written. */
function file(): Uint8Array {
  const g = graphBuilder("net");
  const p = Object.fromEntries(Object.entries(parameters).map(([name, t]) => [name, g.initializer(name, t)]));
  const h = gemm(g.input("x", "float32", ["N", 3]), p.w1!, p.b1!, { transB: 1 });
  const n = batchNormalization(h, p["norm.scale"]!, p["norm.bias"]!, p["norm.mean"]!, p["norm.variance"]!);
  g.output("y", gemm(n, p.w2!, p.b2!, { transB: 1 }));
  return encode(g.model());
}

describe("running statistics", () => {
  test("are what the formula says, step by step", async () => {
    // nothing but the statistics moves, and no batch differs from another
    const x = Float32Array.of(0, 10, 4, 30);
    const stats = { "n.scale": [1, 1], "n.bias": [0, 0], "n.mean": [1, 2], "n.variance": [3, 4] };
    const two = Object.fromEntries(Object.entries(stats).map(([name, s]) => [name, tensor("float32", [2], s)]));
    const { parameters } = await trainer({
      environment: (p, { x }, step) => mse.of(batchNorm("n", x, p, step, { momentum: 0.75 }), mul(x, 0)),
      parameters: two,
      data: { train: { x: tensor("float32", [2, 2], x) } },
      optimiser: sgd(),
      rate: 1e-12,
      epochs: 3,
      seed: 1,
      worker: false,
    }).run();
    const moved = (start: number, batch: number) => 0.75 ** 3 * start + (1 - 0.75 ** 3) * batch;
    const [mean, variance] = [values(parameters, "n.mean"), values(parameters, "n.variance")];
    expect(mean[0]).toBeCloseTo(moved(1, 2), 5);
    expect(mean[1]).toBeCloseTo(moved(2, 20), 5);
    expect(variance[0]).toBeCloseTo(moved(3, 4), 5);
    expect(variance[1]).toBeCloseTo(moved(4, 100), 4);
  });

  test("are what validation and the written model normalise by", async () => {
    const net = modelFunction(file(), ["*"]);
    const { parameters, best_loss } = await run({
      environment: (p, { x, y }, step) => mse.of(net.apply(p, { x }, step).y!, y),
      parameters: net.parameters,
    });
    expect(values(parameters, "norm.mean")).not.toEqual(values(net.parameters, "norm.mean"));
    const written = decode(net.withParameters(parameters));
    const predicted = numbers(evaluate(written, { x: data.validation.x! }).y!);
    const wanted = numbers(data.validation.y!);
    const error = wanted.reduce((sum, v, i) => sum + (v - predicted[i]!) ** 2, 0) / wanted.length;
    expect(error).toBeCloseTo(best_loss, 6);
  });

  test("of a file move as those of a net that is written here, and stay where they are no parameters", async () => {
    const here = await run();
    const net = modelFunction(file(), ["*"]);
    const filed = await run({
      environment: (p, { x, y }, step) => mse.of(net.apply(p, { x }, step).y!, y),
      parameters: net.parameters,
    });
    for (const name of Object.keys(parameters))
      values(filed.parameters, name).forEach((v, i) => {
        expect(v).toBeCloseTo(values(here.parameters, name)[i]!, 5);
      });
    const still = modelFunction(file(), ["w*", "b*"]);
    const { parameters: trained } = await run({
      environment: (p, { x, y }) => mse.of(still.apply(p, { x }).y!, y),
      parameters: still.parameters,
    });
    expect(decode(still.withParameters(trained)).graph.initializers["norm.mean"]).toEqual(channel(0));
  });

  test("are state: the same in a worker, in parts of a run, and after a resume", async () => {
    const whole = await run({ average: 0.9 });
    const same = (other: { parameters: Tensors }) => expect(other.parameters).toEqual(whole.parameters);
    same(await run({ average: 0.9, worker: true }));
    const cut = trainer({ ...base, average: 0.9 });
    cut.before.step.subscribe(({ step, stop }) => step === 8 && stop());
    const { checkpoint } = await cut.run();
    same(await run({ average: 0.9, resume: checkpoint! }));
  });

  test("of a batch in parts are the mean of what its parts would make of them", async () => {
    const one = { batch: 150, epochs: 1, shuffle: false, data: { train: data.train } };
    const parts = await run({ ...one, micro_batch: 60 });
    const rows = (from: number, to: number) =>
      Object.fromEntries(
        Object.entries(data.train).map(([name, { dtype, dims, data }]) => {
          const width = dims[1]!;
          return [name, { dtype, dims: [to - from, width], data: data.slice(from * width, to * width) }];
        }),
      ) as Tensors;
    const alone = await Promise.all(
      [rows(0, 60), rows(60, 120), rows(120, 150)].map((train) => run({ ...one, data: { train } })),
    );
    for (const name of ["norm.mean", "norm.variance"])
      values(parts.parameters, name).forEach((v, i) => {
        const [a, b, c] = alone.map(({ parameters }) => values(parameters, name)[i]!) as [number, number, number];
        expect(v).toBeCloseTo(0.4 * a + 0.4 * b + 0.2 * c, 6);
      });
  });
});

test.each([
  ["a name that is no parameter", { parameters: weights(3) }],
  ["what is frozen", { groups: [{ parameters: ["norm.mean"], frozen: true }] }],
  [
    "another shape",
    {
      environment: ((p, { x, y }, step) => {
        step.set("b2", y);
        return environment(p, { x, y } as never, step);
      }) satisfies Environment,
    },
  ],
  [
    "a parameter twice",
    {
      environment: ((p, batch, step) => {
        if (step.training) step.set("norm.mean", p["norm.mean"]!);
        return environment(p, batch, step);
      }) satisfies Environment,
    },
  ],
  [
    "statistics of a file that nobody moves",
    {
      environment: ((p, { x, y }) =>
        mse.of(modelFunction(file(), ["*"]).apply(p, { x: x! }).y!, y!)) satisfies Environment,
    },
  ],
])("%s cannot be set", async (_, more) => {
  expect(await codeOf(() => run(more as Partial<TrainerOptions>))).toBe("L0954");
});
