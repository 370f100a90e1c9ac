/** Differentiating whole graphs: composition, shared values, symbolic batches, loops, and what has no gradient. */
import { describe, expect, test } from "vitest";
import { differentiate, gradient } from "../../src/onnx/autodiff.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { checkModel } from "../../src/onnx/check.js";
import { encode } from "../../src/onnx/codec/index.js";
import { loop, scan } from "../../src/onnx/control.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import {
  add,
  gemm,
  matmul,
  mul,
  op,
  reduceMean,
  reduceSum,
  reshape,
  silu,
  square,
  sub,
  tanh,
} from "../../src/onnx/functions.js";
import type { Model, Tensors } from "../../src/onnx/ir.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { openSession } from "../../src/session/session.js";

const f64 = (dims: number[], seed: number) =>
  tensor(
    "float64",
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + 1.7 * i)),
  );

/** Every gradient output of the model against central differences of its loss. */
function compare(model: Model, feeds: Tensors, by: readonly string[]): void {
  expect(checkModel(model)).toEqual([]);
  const at = evaluate(model, feeds);
  for (const name of by) {
    const values = numbers(feeds[name]);
    const moved = (k: number, delta: number): number =>
      Number(
        evaluate(model, { ...feeds, [name]: tensor("float64", feeds[name].dims, values.with(k, values[k] + delta)) })
          .loss.data[0],
      );
    expect(at[`gradient.${name}`].dims).toEqual(feeds[name].dims);
    numbers(at[`gradient.${name}`]).forEach((g, k) => {
      expect(g).toBeCloseTo((moved(k, 1e-6) - moved(k, -1e-6)) / 2e-6, 7);
    });
  }
}

test("an MLP over a symbolic batch, by all that goes in; a value that is used twice gets both gradients", () => {
  const g = graphBuilder("mlp");
  const x = g.input("x", "float64", ["N", 3]);
  const [w1, b1, w2] = [
    g.input("w1", "float64", [4, 3]),
    g.input("b1", "float64", [4]),
    g.input("w2", "float64", [3, 4]),
  ];
  const h = silu(gemm(x, w1, b1, { transB: 1 }));
  const y = add(gemm(h, w2, undefined, { transB: 1 }), x);
  g.output("loss", reduceMean(square(sub(y, mul(x, 0.5)))));
  const by = ["x", "w1", "b1", "w2"];
  compare(
    differentiate(g.model(), "loss", by),
    { x: f64([5, 3], 1), w1: f64([4, 3], 2), b1: f64([4], 3), w2: f64([3, 4], 4) },
    by,
  );
});

test("a recurrent net: through time, by weights that the body reads from around it", () => {
  const g = graphBuilder("rnn");
  const [x, h0] = [g.input("x", "float64", [6, 1, 2]), g.input("h", "float64", [1, 3])];
  const [u, w] = [g.input("u", "float64", [2, 3]), g.input("w", "float64", [3, 3])];
  const { states, outputs } = scan([h0], [x], ([h], [now]) => {
    const next = tanh(add(matmul(now, u), matmul(h, w)));
    return { states: [next], outputs: [next] };
  });
  g.output("loss", add(reduceSum(square(states[0])), reduceMean(outputs[0])));
  const by = ["x", "h", "u", "w"];
  compare(
    differentiate(g.model(), "loss", by),
    { x: f64([6, 1, 2], 1), h: f64([1, 3], 2), u: f64([2, 3], 3), w: f64([3, 3], 4) },
    by,
  );
});

test("a loop inside a loop", () => {
  const g = graphBuilder("nested");
  const [xs, a] = [g.input("x", "float64", [2, 3]), g.input("a", "float64", [])];
  const zero = g.constant(tensor("float64", [], [0.1]));
  const { states } = scan([zero], [xs], ([s], [row]) => ({
    states: scan([s], [row], ([t], [v]) => ({ states: [tanh(add(mul(t, a), v))] })).states,
  }));
  g.output("loss", states[0]);
  const by = ["x", "a"];
  compare(differentiate(g.model(), "loss", by), { x: f64([2, 3], 1), a: tensor("float64", [], [0.7]) }, by);
});

test("symbolic sizes that may or may not be stretched: which of them are is found when the graph runs", async () => {
  const g = graphBuilder("open");
  const [x, m] = [g.input("x", "float64", ["N", 2]), g.input("m", "float64", ["K", "M", 2])];
  const flat = reshape(m, [-1, 2]);
  g.output("loss", mul(reduceSum(square(mul(add(x, m), add(reduceSum(square(flat)), 1)))), 0.001));
  const model = differentiate(g.model(), "loss", ["x", "m"]);
  for (const [n, k, l] of [
    [1, 2, 3],
    [3, 2, 1],
    [3, 1, 3],
    [1, 1, 1],
  ]) {
    const feeds = { x: f64([n, 2], 1), m: f64([k, l, 2], 2) };
    compare(model, feeds, ["x", "m"]);
    const session = await openSession(encode(model));
    const [theirs, ours] = [await session.run(feeds), evaluate(model, feeds)];
    await session.close();
    for (const name of ["gradient.x", "gradient.m"])
      numbers(theirs[name]).forEach((v, i) => {
        expect(v).toBeCloseTo(numbers(ours[name])[i], 9);
      });
  }
});

test("no dependence gives zeros", () => {
  const g = graphBuilder("none");
  const [x, z] = [g.input("x", "float64", [2]), g.input("z", "float64", [3])];
  const loss = reduceSum(x);
  g.output("loss", loss);
  g.output("dz", gradient(loss, [z])[0]);
  const out = evaluate(g.model(), { x: f64([2], 1), z: f64([3], 2) });
  expect(numbers(out.dz)).toEqual([0, 0, 0]);
});

test("gradients by initializers of a model", () => {
  const g = graphBuilder("init");
  const w = g.initializer("w", tensor("float64", [2], [3, 4]));
  g.output("loss", reduceSum(square(mul(w, g.input("x", "float64", [2])))));
  const model = differentiate(g.model({ k: "v" }), "loss", ["w"]);
  expect(model.metadata).toEqual({ k: "v" });
  expect(numbers(evaluate(model, { x: tensor("float64", [2], [1, 2]) })["gradient.w"])).toEqual([6, 32]);
});

describe("refusals", () => {
  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (e) {
      if (e instanceof LimbeckError) return e.problems[0].code;
      throw e;
    }
    return "none";
  };
  const g = graphBuilder("refused");
  const x = g.input("x", "float64", ["N", 4]);
  test("a loss that is no scalar", () => expect(code(() => gradient(x, [x]))).toBe("L0813"));
  test("a loop that runs as often as only the run can tell", () => {
    const { states } = loop(g.input("n", "int64", []), [x], ([s]) => ({ states: [mul(s, 2)] }));
    expect(code(() => gradient(reduceSum(states[0]), [x]))).toBe("L0813");
  });
  test("names that are not in the model", () => {
    const h = graphBuilder("h");
    h.output("loss", reduceSum(h.input("x", "float64", [2])));
    expect(code(() => differentiate(h.model(), "loss", ["w"]))).toBe("L0806");
    expect(code(() => differentiate(h.model(), "cost", ["x"]))).toBe("L0806");
  });
  test("an op whose dtypes do not fit is refused while the graph is written", () => {
    expect(code(() => op("Add", [x, g.input("i", "int64", [4])]))).toBe("L0808");
    expect(code(() => g.input("x", "float64", [1]))).toBe("L0807");
  });
});
