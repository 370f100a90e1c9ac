/** Losses and schedules against values worked out by hand, and the laws that they are there for. */
import { describe, expect, test } from "vitest";
import { gradient } from "../../src/onnx/autodiff.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import type { Loss } from "../../src/train/loss.js";
import { crossEntropy } from "../../src/train/losses/cross-entropy.js";
import { gaussianNll } from "../../src/train/losses/gaussian-nll.js";
import { kl } from "../../src/train/losses/kl.js";
import { mae } from "../../src/train/losses/mae.js";
import { softTargets } from "../../src/train/losses/soft-targets.js";
import { constant } from "../../src/train/schedules/constant.js";
import { cosine } from "../../src/train/schedules/cosine.js";
import { cyclic } from "../../src/train/schedules/cyclic.js";
import { oneCycle } from "../../src/train/schedules/one-cycle.js";
import { warmup } from "../../src/train/schedules/warmup.js";
import { codeOf } from "./problem.js";

/** The loss and its gradient by the predictions. */
function of(loss: Loss, prediction: number[][], target: number[] | number[][], dtype: "float64" | "int64" = "float64") {
  const g = graphBuilder("loss");
  const y = g.input("y", "float64", [prediction.length, prediction[0].length]);
  const flat = target.flat();
  const dims = Array.isArray(target[0]) ? [target.length, target[0].length] : [target.length];
  const value = loss.of(y, g.input("t", dtype, dims));
  g.output("loss", value);
  g.output("gradient", gradient(value, [y])[0]);
  const feeds = { y: tensor("float64", y.shape as number[], prediction.flat()), t: tensor(dtype, dims, flat) };
  const found = evaluate(g.model(), feeds);
  return { loss: numbers(found.loss)[0], gradient: numbers(found.gradient) };
}
const softmax = (row: readonly number[], temperature = 1): number[] => {
  const e = row.map((v) => Math.exp(v / temperature));
  return e.map((v) => v / e.reduce((a, b) => a + b));
};

test("mean absolute error", () => {
  const { loss, gradient } = of(mae, [[1, -3]], [[0, 1]]);
  expect([loss, gradient]).toEqual([2.5, [0.5, -0.5]]);
});

describe("cross-entropy", () => {
  const [row, p] = [[1, 2, 0.5], softmax([1, 2, 0.5])];
  test("of an index, as a number and as a column, and of a one-hot row", () => {
    for (const [target, dtype] of [
      [[1], "int64"],
      [[[1]], "int64"],
      [[[0, 1, 0]], "float64"],
    ] as const) {
      const { loss, gradient } = of(crossEntropy, [row], target as unknown as number[][], dtype);
      expect(loss).toBeCloseTo(-Math.log(p[1]), 14);
      [p[0], p[1] - 1, p[2]].forEach((v, i) => {
        expect(gradient[i]).toBeCloseTo(v, 14);
      });
    }
  });
  test("of logits in the thousands is still a number", () => {
    const { loss, gradient } = of(crossEntropy, [[5000, -5000]], [1], "int64");
    expect([loss, ...gradient]).toEqual([10_000, 1, -1]);
  });
});

describe("soft targets", () => {
  const [student, teacher] = [
    [0.3, -0.2, -0.1],
    [1.1, -0.7, -0.4],
  ];
  test.each([1, 2, 5])("the gradient is T times the difference of the softened classes, T = %d", (T) => {
    const { gradient } = of(softTargets({ temperature: T }), [student], [teacher]);
    const [q, p] = [softmax(student, T), softmax(teacher, T)];
    gradient.forEach((v, i) => {
      expect(v).toBeCloseTo(T * (q[i] - p[i]), 14);
    });
  });
  test("keeps its size as the temperature grows: it nears the difference of the logits over their number", () => {
    // both rows have mean zero, as the limit asks (Hinton et al. 2015, equation 4)
    const { gradient } = of(softTargets({ temperature: 1e4 }), [student], [teacher]);
    gradient.forEach((v, i) => {
      expect(v).toBeCloseTo((student[i] - teacher[i]) / 3, 4);
    });
  });
  test("of probabilities are those of their logarithms", () => {
    const probable = of(softTargets({ temperature: 3, targets: "probabilities" }), [student], [softmax(teacher)]);
    const logits = of(softTargets({ temperature: 3 }), [student], [teacher]);
    expect(probable.loss).toBeCloseTo(logits.loss, 14);
  });
  test("refuse a temperature of none", async () => {
    expect(await codeOf(() => softTargets({ temperature: 0 }))).toBe("L0957");
  });
});

test("Kullback–Leibler: a sure target is its cross-entropy, the same classes are zero", () => {
  expect(of(kl, [[1, 2, 0.5]], [[0, 1, 0]]).loss).toBeCloseTo(of(crossEntropy, [[1, 2, 0.5]], [1], "int64").loss, 14);
  expect(of(kl, [[1, 2, 0.5]], [softmax([1, 2, 0.5])]).loss).toBeCloseTo(0, 14);
});

describe("Gaussian likelihood", () => {
  test("means first, then the logarithms of variances", () => {
    const { loss, gradient } = of(gaussianNll, [[1, 0, 0, Math.log(4)]], [[3, 2]]);
    expect(loss).toBeCloseTo((0.5 * (0 + 4) + 0.5 * (Math.log(4) + 1)) / 2, 14);
    [-1, -0.25, 0.25 * (1 - 4), 0].forEach((v, i) => {
      expect(gradient[i]).toBeCloseTo(v, 14);
    });
  });
  test("of another width is refused", async () => {
    expect(await codeOf(() => of(gaussianNll, [[1, 0, 0]], [[3, 2]]))).toBe("L0954");
  });
});

describe("schedules", () => {
  const at = (schedule: { factor(step: number, steps: number): number }, steps: readonly number[], of = 100) =>
    steps.map((step) => schedule.factor(step, of));
  test("one cycle rises to the base rate, and falls to its end at the last step", () => {
    const found = at(oneCycle({ rising: 0.3, start: 0.1, end: 0 }), [1, 30, 65, 100]);
    [0.1, 1, 0.5, 0].forEach((v, i) => {
      expect(found[i]).toBeCloseTo(v, 14);
    });
    expect(at(oneCycle(), [1], 1).every(Number.isFinite)).toBe(true);
  });
  test("triangles, and triangles that shrink", () => {
    expect(at(cyclic({ low: 0, half: 2 }), [1, 2, 3, 4, 5, 6, 7])).toEqual([0, 0.5, 1, 0.5, 0, 0.5, 1]);
    expect(at(cyclic({ low: 0, half: 2, shrink: 0.5 }), [3, 7, 11])).toEqual([1, 0.5, 0.25]);
  });
  test("a warm-up rises to where the other begins, by steps or by share, and can be put in front of any", () => {
    expect(at(warmup(4, constant), [1, 2, 3, 4, 5, 100])).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect(at(warmup(0.1, constant), [5, 10, 11])).toEqual([0.5, 1, 1]);
    const after = warmup(20, cosine({ floor: 0.2 }));
    expect(after.factor(100, 100)).toBeCloseTo(0.2, 14);
    expect(after.factor(60, 100)).toBeCloseTo(0.6, 14);
    expect(warmup(20, oneCycle({ start: 0.1 })).factor(20, 100)).toBeCloseTo(0.1, 14);
    expect(warmup(10, warmup(10, constant)).factor(20, 100)).toBe(1);
  });
});
