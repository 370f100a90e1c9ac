/**
 * A multilayer perceptron: the mean of several nets that differ by seed, trained side by side in worker threads and
 * averaged inside the model.
 *
 *   rows ─ cross-validate ─► dropout ─ train n nets, stopped early on the validation rows ─► one model
 */
import { seedOf } from "../../component/rng.js";
import type { Json } from "../../message/type.js";
import type { Trained, TrainProgress } from "../../train/train.js";
import { foldsOf, geometricMean, mostRestrained, scaledError } from "./cross-validate.js";
import { checkTrainingData } from "./data.js";
import { outputStatistics } from "./heads.js";
import { type activations, type NetPlan, type Normal, netsModel, trainNet } from "./net.js";
import { predict } from "./predict.js";
import { type Statistics, statistics } from "./statistics.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";

export interface MlpOptions {
  /** Widths of the hidden layers (default [64, 64]). */
  readonly hidden: readonly number[];
  /** Default `tanh`: of the three it went least astray outside the rows that it was trained on. */
  readonly activation: keyof typeof activations;
  /** Number of nets that are averaged (default 3). */
  readonly ensemble: number;
  /** Mini-batch rows (default: 32 to 256 by the number of rows). */
  readonly batch: number;
  /** Gradient steps of one net (default 6,000). */
  readonly steps: number;
  readonly epochs: number;
  readonly rate: number;
  readonly weight_decay: number;
  /** Share of hidden units dropped in training (default: chosen by cross-validation). */
  readonly dropout: number;
  readonly clip_norm: number;
  /** Epochs without progress after which a net's training ends (default: a quarter of all, at least 10). */
  readonly patience: number;
  /** Default `mse`. */
  readonly loss: "mse" | "huber";
  /** Decay of the moving average of the weights (default: none). */
  readonly average: number;
  /** Learn outputs as they are, not less their mean and over their deviation; to show what that costs (default false). */
  readonly raw_outputs: boolean;
  /** Train in worker threads (default true); false trains in this thread. */
  readonly worker: boolean;
  /** Nets trained at once (default 2). */
  readonly parallel: number;
}

type Options = StudentOptions & Partial<MlpOptions>;

const STEPS = 6_000;
/** Cross-validation: a third of the way is enough to rank settings. */
const FOLD_STEPS = 2_000;
const FOLDS = 5;
const DROPOUTS = [0, 0.1, 0.2];

/**
 * The student that is a mean of neural nets. Errors: L0951 data that cannot be fitted on; those of `train`.
 *
 * @example
 * const size = { hidden: [8], ensemble: 1, epochs: 20 };
 * const { details } = await mlp.fit(data, { ...size, worker: false, seed: 7, now: () => 0 });
 * details // { hidden: [8], dropout: 0, best_epochs: [20], … }
 */
export const mlp: Student<MlpOptions> = { name: "mlp", fit };

async function fit(data: TrainingData, options: Options): Promise<Fitted> {
  checkTrainingData(data);
  const normal = { x: statistics(data.train.x), y: outputs(data, options.raw_outputs ?? false) };
  const { ensemble = 3, seed } = options;
  const search = options.dropout === undefined;
  const chosen = search ? await chooseDropout(data, normal, options) : { dropout: options.dropout!, errors: undefined };
  const plan = planOf(data, options, chosen.dropout, options.steps ?? STEPS);
  const report = reporter(options, ensemble, search ? 0.5 : 0);
  const tasks = Array.from({ length: ensemble }, (_, i) => () => {
    const own = { ...options, seed: seedOf(seed, `mlp/${i}`) };
    return trainNet(plan, data, normal, own, (progress) => report(i, progress));
  });
  const nets = await inParallel(tasks, options.parallel ?? 2);
  return {
    name: "mlp",
    model: netsModel(plan, data, normal, nets),
    history: nets.flatMap((n, i) => n.history.map((record) => ({ member: i + 1, ...record }))),
    details: {
      hidden: plan.widths.slice(1, -1),
      activation: plan.activation,
      ensemble,
      batch: plan.batch,
      epochs: plan.epochs,
      weight_decay: plan.weight_decay,
      dropout: plan.dropout,
      ...(chosen.errors === undefined ? {} : { cross_validation: chosen.errors }),
      best_epochs: nets.map((n) => n.best_epoch),
      validation_losses: nets.map((n) => n.best_loss),
      ended: nets.map((n: Trained) => n.ended),
    },
    ...(nets.some((n) => n.ended === "interrupted") && { interrupted: true }),
  };
}

function outputs({ train, outputs }: TrainingData, raw: boolean): Statistics {
  const found = outputStatistics(train.y, outputs);
  const ones = new Float32Array(train.y.width).fill(1);
  return raw ? { mean: new Float32Array(train.y.width), deviation: ones, scale: ones } : found;
}

/** Mini-batches of 32 to 256 rows, some 128 of them in an epoch. */
const batchFor = (rows: number): number => Math.min(256, Math.max(32, 2 ** Math.floor(Math.log2(rows / 128))));

function planOf({ train }: TrainingData, options: Options, dropout: number, steps: number): NetPlan {
  const { hidden = [64, 64], activation = "tanh", average } = options;
  const batch = Math.min(train.x.rows, options.batch ?? batchFor(train.x.rows));
  const perEpoch = Math.max(1, Math.floor(train.x.rows / batch));
  const epochs = options.epochs ?? Math.max(1, Math.round(steps / perEpoch));
  return {
    widths: [train.x.width, ...hidden, train.y.width],
    activation,
    dropout,
    epochs,
    batch,
    patience: options.patience ?? Math.max(10, Math.ceil(epochs / 4)),
    rate: options.rate ?? 3e-3,
    weight_decay: options.weight_decay ?? 1e-2,
    clip_norm: options.clip_norm ?? 1,
    loss: options.loss ?? "mse",
    ...(average === undefined ? {} : { average }),
    worker: options.worker ?? true,
  };
}

/** The most dropout that is, over held-out stretches of training and validation rows, as good as any. */
async function chooseDropout(data: TrainingData, normal: Normal, options: Options) {
  const folds = foldsOf(data, FOLDS);
  if (folds === undefined) return { dropout: 0, errors: undefined };
  const jobs = DROPOUTS.flatMap((dropout) => folds.map((fold, k) => ({ dropout, fold, k })));
  let done = 0;
  const tasks = jobs.map(({ dropout, fold, k }) => async () => {
    const plan = planOf(fold.data, options, dropout, Math.min(FOLD_STEPS, options.steps ?? STEPS));
    const own = { ...options, seed: seedOf(options.seed, `mlp/fold/${k}`) };
    const net = await trainNet(plan, fold.data, normal, own, () => {});
    const predicted = await predict(netsModel(plan, data, normal, [net]), fold.held.x);
    options.onProgress?.({ student: "mlp", fraction: (0.5 * ++done) / jobs.length });
    return scaledError(predicted, fold.held.y, data.train.y);
  });
  const errors = await inParallel(tasks, options.parallel ?? 2);
  const byDropout = DROPOUTS.map((_, i) => errors.slice(i * FOLDS, (i + 1) * FOLDS));
  const shown = DROPOUTS.map((dropout, i) => ({ dropout, error: geometricMean(byDropout[i]!) }));
  return { dropout: DROPOUTS[mostRestrained(byDropout)]!, errors: shown as unknown as Json };
}

/** Runs the tasks, at most `parallel` at a time; results in the order of the tasks. */
async function inParallel<T>(tasks: readonly (() => Promise<T>)[], parallel: number): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < tasks.length) {
      const i = next++;
      results[i] = await tasks[i]!();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, lane));
  return results;
}

/** Reports the ensemble as one, from `start` of the way on: fractions averaged, rates added up. */
function reporter(options: Options, ensemble: number, start: number) {
  const members = Array.from({ length: ensemble }, () => ({ fraction: 0, steps_per_s: 0 }));
  return (member: number, progress: TrainProgress): void => {
    members[member] = progress;
    const sum = (of: (m: { fraction: number; steps_per_s: number }) => number) =>
      members.reduce((n, m) => n + of(m), 0);
    options.onProgress?.({
      ...progress,
      student: "mlp",
      fraction: start + ((1 - start) * sum((m) => m.fraction)) / ensemble,
      steps_per_s: sum((m) => m.steps_per_s),
    });
  };
}
