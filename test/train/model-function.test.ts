/** Files as functions: trained further inside an environment, and written back. */
import { expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { gemm, mul, sub, tanh } from "../../src/onnx/functions.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { mse } from "../../src/train/losses/mse.js";
import { modelFunction } from "../../src/train/model-function.js";
import { trainer } from "../../src/train/trainer.js";
import { codeOf, columns, net, parameters } from "./problem.js";

/** The net of `problem.ts` as a file, its inputs shifted by a constant that is no parameter. */
function file(): Uint8Array {
  const g = graphBuilder("net");
  const p = Object.fromEntries(
    Object.entries(parameters(3)).map(([name, t]) => [name, g.initializer(`net/${name}`, t)]),
  );
  const shift = g.initializer("shift", tensor("float32", [3], [0.1, 0.2, 0.3]));
  const x = sub(g.input("x", "float32", ["N", 3]), shift);
  g.output("y", gemm(tanh(gemm(x, p.w1, p.b1, { transB: 1 })), p.w2, p.b2, { transB: 1 }));
  return encode(g.model());
}
const data = { train: columns(150, 1), validation: columns(40, 2) };
const common = { data, epochs: 3, batch: 32, micro_batch: 9, rate: 0.01, seed: 7, worker: false };

test("is the same training as of the net written here, and the file gives what was validated", async () => {
  const given = modelFunction(file(), ["net/*"]);
  expect(Object.keys(given.parameters)).toEqual(["net/b1", "net/b2", "net/w1", "net/w2"]);
  const filed = await trainer({
    ...common,
    environment: (p, { x, y }) => mse.of(given.apply(p, { x }).y, y),
    parameters: given.parameters,
  }).run();
  const shift = tensor("float32", [3], [0.1, 0.2, 0.3]);
  const here = await trainer({
    ...common,
    environment: (p, { x, y }, step) => mse.of(net()(sub(x, x.scope.constant(shift)), p, step), y),
    parameters: parameters(3),
  }).run();
  expect(filed.history).toEqual(here.history);
  for (const [name, value] of Object.entries(here.parameters)) expect(filed.parameters[`net/${name}`]).toEqual(value);

  const written = decode(given.withParameters(filed.parameters));
  expect(written.graph.initializers.shift).toEqual(shift);
  const { x, y } = data.validation;
  const predicted = numbers(evaluate(written, { x }).y);
  const error = numbers(y).reduce((sum, v, i) => sum + (v - predicted[i]) ** 2, 0) / predicted.length;
  expect(error).toBeCloseTo(filed.best_loss, 6);
});

test("names that are none, and inputs that nothing feeds, are refused", async () => {
  expect(await codeOf(() => modelFunction(file(), ["net/w9"]))).toBe("L0953");
  const given = modelFunction(file(), ["net/*"]);
  const environment = (p: Parameters<typeof given.apply>[0], { x }: typeof p) =>
    mse.of(mul(given.apply(p, {}).y, 1), x);
  expect(await codeOf(() => trainer({ ...common, environment, parameters: given.parameters }))).toBe("L0811");
});
