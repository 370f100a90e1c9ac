/**
 * A multilayer perceptron, or the mean of several that differ by seed: AdamW, cosine schedule, early stopping on the
 * validation split. The nets of an ensemble are trained side by side in worker threads and averaged inside the model.
 */
import { rng, seedOf } from "../../component/rng.js";
import { add, gemm, mul, relu, silu, tanh } from "../../onnx/functions.js";
import type { Tensors } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { huber } from "../../train/losses/huber.js";
import { mse } from "../../train/losses/mse.js";
import { adam } from "../../train/optimisers/adam.js";
import type { Forward } from "../../train/program.js";
import { cosine } from "../../train/schedules/cosine.js";
import { type Trained, train, trainInWorker } from "../../train/train.js";
import { checkTrainingData } from "./data.js";
import { policyModel } from "./policy.js";
import { normalised, statistics } from "./statistics.js";
import type { Student, StudentOptions, TrainingData } from "./student.js";

export interface MlpOptions {
  /** Widths of the hidden layers (default [64, 64]). */
  readonly hidden: readonly number[];
  /** Default `tanh`: of the three it went least astray outside the rows that it was trained on. */
  readonly activation: keyof typeof activations;
  /** Number of nets that are averaged (default 1). */
  readonly ensemble: number;
  /** Mini-batch rows (default: 32 to 256 by the number of rows). */
  readonly batch: number;
  /** Gradient steps of one net (default 6,000). */
  readonly steps: number;
  readonly epochs: number;
  readonly rate: number;
  readonly weight_decay: number;
  /** Share of hidden units dropped in training (default 0). */
  readonly dropout: number;
  readonly clip_norm: number;
  /** Epochs without progress after which a net's training ends (default: a quarter of all, at least 10). */
  readonly patience: number;
  /** Default `mse`. */
  readonly loss: "mse" | "huber";
  /** Decay of the moving average of the weights (default: none). */
  readonly average: number;
  /** Train in worker threads (default true); false trains in this thread. */
  readonly worker: boolean;
  /** Nets trained at once (default 2). */
  readonly parallel: number;
}

const activations = { silu, tanh, relu };

const STEPS = 6_000;

/** Mini-batches of 32 to 256 rows, some 128 of them in an epoch. */
const batchFor = (rows: number): number => Math.min(256, Math.max(32, 2 ** Math.floor(Math.log2(rows / 128))));

/** Weights of one net: uniform within ±√(3 / fan-in) (LeCun et al. 1998), biases zero; layers stored [out, in]. */
function initial(widths: readonly number[], seed: number): Tensors {
  const draws = rng(seed);
  const layers = widths.slice(1).flatMap((out, i) => {
    const fanIn = widths[i];
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
  (layers: number, activation: (x: Value) => Value, dropout: number): Forward =>
  (x, p, pass) => {
    let h = x;
    for (let i = 1; i <= layers; i++) {
      h = gemm(h, p[`layer${i}.weight`], p[`layer${i}.bias`], { transB: 1 });
      if (i < layers) h = pass.dropout(activation(h), dropout);
    }
    return h;
  };

/** Runs the tasks, at most `parallel` at a time; results in the order of the tasks. */
async function inParallel<T>(tasks: readonly (() => Promise<T>)[], parallel: number): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < tasks.length) {
      const i = next++;
      results[i] = await tasks[i]();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, lane));
  return results;
}

type Options = StudentOptions & Partial<MlpOptions>;

/** Reports the ensemble as one: fractions averaged, rates added up. */
function reporter(options: Options, ensemble: number) {
  const members = Array.from({ length: ensemble }, () => ({ fraction: 0, steps_per_s: 0 }));
  return (
    member: number,
    p: { fraction: number; steps_per_s: number; epoch?: number; train_loss?: number; validation_loss?: number },
  ): void => {
    members[member] = p;
    const sum = (of: (m: { fraction: number; steps_per_s: number }) => number) =>
      members.reduce((n, m) => n + of(m), 0);
    options.onProgress?.({
      ...p,
      student: "mlp",
      fraction: sum((m) => m.fraction) / ensemble,
      steps_per_s: sum((m) => m.steps_per_s),
    });
  };
}

export const mlp: Student<MlpOptions> = { name: "mlp", fit };

async function fit(data: TrainingData, options: Options) {
  checkTrainingData(data);
  const { hidden = [64, 64], activation = "tanh", ensemble = 1, dropout = 0, weight_decay = 1e-2 } = options;
  const [sx, sy] = [statistics(data.train.x), statistics(data.train.y)];
  const split = (part: TrainingData["train"]) => ({ x: normalised(part.x, sx), y: normalised(part.y, sy) });
  const rows = data.train.x.rows;
  const batch = Math.min(rows, options.batch ?? batchFor(rows));
  const perEpoch = Math.max(1, Math.floor(rows / batch));
  const epochs = options.epochs ?? Math.max(1, Math.round((options.steps ?? STEPS) / perEpoch));
  const patience = options.patience ?? Math.max(10, Math.ceil(epochs / 4));
  const widths = [data.train.x.width, ...hidden, data.train.y.width];
  const net = forward(widths.length - 1, activations[activation], dropout);
  const report = reporter(options, ensemble);
  const run = (options.worker ?? true) ? trainInWorker : train;
  const normal = { train: split(data.train), validation: split(data.validation) };

  const tasks = Array.from({ length: ensemble }, (_, member) => () => {
    const seed = seedOf(options.seed, `mlp/${member}`);
    return run({
      forward: net,
      parameters: initial(widths, seed),
      data: normal,
      loss: options.loss === "huber" ? huber() : mse,
      optimiser: adam({ weight_decay }),
      schedule: cosine({ floor: 0.01, warmup: 0.02 }),
      rate: options.rate ?? 3e-3,
      epochs,
      batch,
      seed,
      patience,
      clip_norm: options.clip_norm ?? 1,
      ...(options.average !== undefined && { average: options.average }),
      ...(options.signal && { signal: options.signal }),
      onProgress: (p) => report(member, p),
      now: options.now,
    });
  });
  const nets = await inParallel(tasks, options.parallel ?? 2);
  const model = policyModel("mlp", data, sx, sy, (g, x) => {
    const outputs = nets.map(({ parameters }, i) =>
      net(
        x,
        Object.fromEntries(
          Object.entries(parameters).map(([name, t]) => [name, g.initializer(`net${i + 1}/${name}`, t)]),
        ),
        { training: false, dropout: (value) => value },
      ),
    );
    return ensemble === 1 ? outputs[0] : mul(outputs.reduce(add), 1 / ensemble);
  });
  return {
    name: "mlp",
    model,
    history: nets.flatMap((n, i) => n.history.map((record) => ({ member: i + 1, ...record }))),
    details: {
      hidden: [...hidden],
      activation,
      ensemble,
      batch,
      epochs,
      weight_decay,
      dropout,
      best_epochs: nets.map((n) => n.best_epoch),
      validation_losses: nets.map((n) => n.best_loss),
      ended: nets.map((n: Trained) => n.ended),
    },
    ...(nets.some((n) => n.ended === "interrupted") && { interrupted: true }),
  };
}
