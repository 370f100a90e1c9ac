/** A multilayer perceptron as a graph: its weights before training, its forward pass, its training. */
import { rng } from "../../component/rng.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import { abs, add, gemm, min, mul, reduceMean, relu, silu, sub, tanh } from "../../onnx/functions.js";
import type { Model, Tensors } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { adamW } from "../../train/optimisers/adamw.js";

import { cosine } from "../../train/schedules/cosine.js";
import { type Forward, type Trained, type TrainProgress, train, trainInWorker } from "../../train/train.js";
import { outputOf } from "./heads.js";
import { policyModel } from "./policy.js";
import { normalised, type Statistics } from "./statistics.js";
import type { StudentOptions, TrainingData } from "./student.js";

export const activations = { silu, tanh, relu };

/** Huber's loss (1964) of a difference in standard deviations: squared up to one, linear beyond. */
const huber = (difference: Value): Value => {
  const size = abs(difference);
  const inner = min(size, 1);
  return mul(inner, sub(size, mul(inner, 0.5)));
};

/** A net's shape and the settings of its training. */
export interface NetPlan {
  /** Input, hidden layers, output. */
  readonly widths: readonly number[];
  readonly activation: keyof typeof activations;
  readonly dropout: number;
  readonly epochs: number;
  readonly batch: number;
  readonly patience: number;
  readonly rate: number;
  readonly weight_decay: number;
  readonly clip_norm: number;
  readonly loss: "mse" | "huber";
  readonly average?: number;
  readonly worker: boolean;
}

/** Weights of one net: uniform within ±√(3 / fan-in) (LeCun et al. 1998), biases zero; layers stored [out, in]. */
function initial(widths: readonly number[], seed: number): Tensors {
  const draws = rng(seed);
  const layers = widths.slice(1).flatMap((out, i) => {
    const fanIn = widths[i]!;
    const bound = Math.sqrt(3 / fanIn);
    const weights = Float32Array.from({ length: out * fanIn }, () => draws.between(-bound, bound));
    return [
      [`layer${i + 1}.weight`, tensor("float32", [out, fanIn], weights)],
      [`layer${i + 1}.bias`, tensor("float32", [out], new Float32Array(out))],
    ] as const;
  });
  return Object.fromEntries(layers);
}

const forward =
  ({ widths, activation, dropout }: NetPlan): Forward =>
  (x, p, pass) => {
    const layers = widths.length - 1;
    let h = x;
    for (let i = 1; i <= layers; i++) {
      h = gemm(h, p[`layer${i}.weight`]!, p[`layer${i}.bias`]!, { transB: 1 });
      if (i < layers) h = pass.dropout(activations[activation](h), dropout);
    }
    return h;
  };

/** The statistics of the training rows, by which every net of a student sees the world. */
export interface Normal {
  readonly x: Statistics;
  readonly y: Statistics;
}

/** Trains one net on rows in raw units: AdamW, cosine schedule, early stopping on the validation rows. */
export function trainNet(
  plan: NetPlan,
  data: Pick<TrainingData, "outputs" | "train" | "validation">,
  normal: Normal,
  options: Pick<StudentOptions, "seed" | "signal" | "now">,
  onProgress: (progress: TrainProgress) => void,
): Promise<Trained> {
  const split = (part: TrainingData["train"]) => ({ x: normalised(part.x, normal.x), y: normalised(part.y, normal.y) });
  const { seed, signal, now } = options;
  const output = outputOf(data.outputs, normal.y, plan.loss === "huber" ? huber : undefined);
  return (plan.worker ? trainInWorker : train)({
    forward: forward(plan),
    parameters: initial(plan.widths, seed),
    data: { train: split(data.train), validation: split(data.validation) },
    loss: { name: plan.loss, of: (layer, target) => reduceMean(output.errors(layer, target)) },
    optimiser: adamW({ weight_decay: plan.weight_decay }),
    schedule: cosine({ floor: 0.01, warmup: 0.02 }),
    rate: plan.rate,
    epochs: plan.epochs,
    batch: plan.batch,
    seed,
    patience: plan.patience,
    clip_norm: plan.clip_norm,
    ...(plan.average === undefined ? {} : { average: plan.average }),
    ...(signal === undefined ? {} : { signal }),
    onProgress,
    now,
  });
}

/** The model of one net, or of the mean of several. */
export function netsModel(
  plan: NetPlan,
  ports: Pick<TrainingData, "inputs" | "outputs">,
  normal: Normal,
  nets: readonly Pick<Trained, "parameters">[],
): Model {
  return policyModel("mlp", ports, normal.x, normal.y, (g, x: Value) => averaged(plan, ports, normal, nets, g, x));
}

/** The mean of what the nets predict for normalised rows. */
export function averaged(
  plan: NetPlan,
  { outputs: blocks }: Pick<TrainingData, "outputs">,
  normal: Normal,
  nets: readonly Pick<Trained, "parameters">[],
  g: GraphBuilder,
  x: Value,
): Value {
  const net = forward(plan);
  const { predict } = outputOf(blocks, normal.y);
  const outputs = nets.map(({ parameters }, i) => {
    const weights = Object.entries(parameters).map(([name, t]) => [name, g.initializer(`net${i + 1}/${name}`, t)]);
    return predict(net(x, Object.fromEntries(weights), { training: false, dropout: (value) => value }));
  });
  return outputs.length === 1 ? outputs[0]! : mul(outputs.reduce(add), 1 / outputs.length);
}
