/** What an environment is written with beside `ops`: constants, and gradients inside of a loss. */
import { expect, test } from "vitest";
import { gradient } from "../../src/onnx/autodiff.js";
import { matmul, mul, reduceMean, reduceSum, square, sub, transpose } from "../../src/onnx/functions.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import type { Value } from "../../src/onnx/value.js";
import { constantFor } from "../../src/train/constant-for.js";
import { crossEntropy } from "../../src/train/losses/cross-entropy.js";
import { mse } from "../../src/train/losses/mse.js";
import { sgd } from "../../src/train/optimisers/sgd.js";
import { type TrainerOptions, trainer } from "../../src/train/trainer.js";
import { codeOf } from "./problem.js";

const column = tensor(
  "float32",
  [10, 1],
  Float32Array.from({ length: 10 }, (_, i) => i / 5 - 0.9),
);
const data = { train: { x: column }, validation: { x: column } };
const parameters = { w: tensor("float32", [1, 1], [0]) };
const base = { data, parameters, rate: 0.5, epochs: 100, optimiser: sgd(), batch: 10, seed: 1, worker: false } as const;
const run = (environment: TrainerOptions["environment"], more: Partial<TrainerOptions> = {}) =>
  trainer({ ...base, environment, ...more }).run();

test.each([10, 4])("constants are what they say in parts of %i rows and in validation", async (micro_batch) => {
  const environment: TrainerOptions["environment"] = ({ w }, { x }) => {
    const c = constantFor(w, [[2], [3]]);
    const wanted = matmul(matmul(x, constantFor(x, [[1, 1]])), c);
    return { loss: mse.of(matmul(x, w), wanted), metrics: { five: reduceSum(c), two: constantFor(x, 2) } };
  };
  const { parameters, history } = await run(environment, { micro_batch });
  expect(numbers(parameters.w!)[0]).toBeCloseTo(5, 4);
  expect(history.at(-1)).toMatchObject({
    train_metrics: { five: 5, two: 2 },
    validation_metrics: { five: 5, two: 2 },
  });
});

test("a constant has the dtype of its array, the one that is asked for, or else that of the value beside it", async () => {
  const found: string[] = [];
  const note = ({ dtype, shape }: Value) => found.push(`${dtype} [${shape}]`);
  const made = (x: Value) => [
    constantFor(x, 1),
    constantFor(x, [1, 2]),
    constantFor(x, [1, 2], "int64"),
    constantFor(x, true),
    constantFor(x, 7n),
    constantFor(x, Int32Array.of(1, 2, 3)),
    constantFor(x, { dims: [1, 2], data: Float64Array.of(1, 2) }),
  ];
  await run(
    ({ w }, { x }) => {
      if (found.length === 0) made(x).forEach(note);
      return mse.of(matmul(x, w), x);
    },
    { epochs: 1 },
  );
  expect(found).toEqual([
    "float32 []",
    "float32 [2]",
    "int64 [2]",
    "bool []",
    "int64 []",
    "int32 [3]",
    "float64 [1,2]",
  ]);
  expect(await codeOf(() => run(({ w }) => mse.of(w, constantFor(w, [[1], [1, 2]]))))).toBe("L0838");
});

test("rows are told from each other by constant labels", async () => {
  // each row is nearest to itself: w grows, and the loss falls from ln 10
  const { history } = await run(
    ({ w }, { x }) => {
      const labels = constantFor(
        x,
        Int32Array.from({ length: x.shape[0] as number }, (_, i) => i),
      );
      const distance = square(sub(matmul(x, w), transpose(matmul(x, w))));
      return crossEntropy.of(mul(distance, -1), labels);
    },
    { parameters: { w: tensor("float32", [1, 1], [1]) } },
  );
  expect(history.at(0)!.train_loss).toBeLessThan(Math.log(10));
  expect(history.at(-1)!.train_loss).toBeLessThan(history.at(0)!.train_loss * 0.6);
});

test.each([10, 4])(
  "a loss of gradients, in parts of %i rows: w·x³ whose second derivative is 12·x",
  async (micro_batch) => {
    const { parameters, ended } = await run(
      ({ w }, { x }) => {
        const [slope] = gradient(reduceSum(matmul(mul(square(x), x), w)), [x]);
        const [bend] = gradient(reduceSum(slope!), [x]);
        return reduceMean(square(sub(bend!, mul(x, 12))));
      },
      { micro_batch, rate: 0.02 },
    );
    expect(ended).toBe("done");
    expect(numbers(parameters.w!)[0]).toBeCloseTo(2, 5);
  },
);
