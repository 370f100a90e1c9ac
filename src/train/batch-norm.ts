/**
 * Batch normalisation that learns its running statistics (Ioffe & Szegedy 2015).
 *
 * ONNX Runtime writes the next running statistics over those that it is given, which the step may still need. So the op is
 * given numbers that nobody needs, is told to forget them, and says what those of the batch are.
 */
import { add, batchNormalization, mul } from "../onnx/functions.js";
import type { Value } from "../onnx/value.js";
import { fail } from "../problem/problem.js";
import type { StepValues, Values } from "./environment.js";

export interface BatchNormOptions {
  /** Share of the running statistics that is kept at each step (default 0.9; what PyTorch calls a momentum of 0.1). */
  readonly momentum?: number;
  /** Added to the variance (default 1e-5). */
  readonly epsilon?: number;
}

/**
 * Channels of `x` [rows, C, …] normalised: in training by the mean and the variance of the batch, in validation, and in the
 * model that is written, by the running ones. `name` is the stem of four parameters, each [C]: `name.scale`, `name.bias`, which
 * a gradient moves, and `name.mean`, `name.variance`, which each step sets.
 *
 * Variances are those of the batch as it is (over n, as ONNX has it). Of a batch in parts, each part is normalised by itself.
 *
 * @example
 * const two = (s: number[]) => tensor("float32", [2], s);
 * const parameters = { "n.scale": two([1, 1]), "n.bias": two([0, 0]), "n.mean": two([0, 0]), "n.variance": two([1, 1]) };
 * const trained = await trainer({
 *   environment: (p, { x, y }, step) => mse.of(batchNorm("n", x, p, step), y),
 *   parameters,
 *   data: { train: { x: tensor("float32", [2, 2], [0, 10, 4, 30]), y: tensor("float32", [2, 2], [-1, -1, 1, 1]) } },
 *   epochs: 100,
 *   seed: 7,
 *   worker: false,
 * }).run();
 * trained.parameters["n.mean"].data // Float32Array [≈2.00, ≈20.0]
 * trained.parameters["n.variance"].data // Float32Array [≈4.00, ≈100]
 */
export function batchNorm(
  name: string,
  x: Value,
  parameters: Values,
  step: Pick<StepValues, "training" | "set">,
  { momentum = 0.9, epsilon = 1e-5 }: BatchNormOptions = {},
): Value {
  const of = (part: string): Value => parameters[`${name}.${part}`] ?? missing(`${name}.${part}`);
  const [scale, bias, mean, variance] = [of("scale"), of("bias"), of("mean"), of("variance")];
  if (!step.training) return batchNormalization(x, scale, bias, mean, variance, { epsilon });
  const attributes = { epsilon, momentum: 0, training_mode: 1 };
  const inputs = [x, scale, bias, mul(mean, 0), mul(variance, 0)];
  const [y, batchMean, batchVariance] = x.scope.emit("BatchNormalization", inputs, attributes, 3);
  step.set(`${name}.mean`, moved(mean, batchMean, momentum));
  step.set(`${name}.variance`, moved(variance, batchVariance, momentum));
  return y;
}

/** A running statistic that keeps a share of itself and takes the rest from the batch. */
export const moved = (running: Value, batch: Value, keep: number): Value =>
  add(mul(running, keep), mul(batch, 1 - keep));

const missing = (parameter: string): never =>
  fail("L0954", { reason: `it normalises by \`${parameter}\`, which is no parameter` });
