/**
 * Trains a net on rows of inputs and targets: `train` here, `trainInWorker` in a thread, so that the caller's progress
 * bar moves and Ctrl-C is heard. Both give the same bytes for the same seed. A thin use of `trainer`.
 */
import type { Tensors } from "../onnx/ir.js";
import type { Value } from "../onnx/value.js";
import type { StepValues, Values } from "./environment.js";
import type { EpochRecord } from "./events.js";
import type { Loss } from "./loss.js";
import { mse } from "./losses/mse.js";
import { asTensor, type Matrix } from "./matrix.js";
import { cosine } from "./schedules/cosine.js";
import { type Progress, type TrainerOptions, type TrainingResult, trainer } from "./trainer.js";

/** Builds the net: `x` [rows, width] and the named parameters in, predictions out. */
export type Forward = (
  x: Value,
  parameters: Values,
  pass: Pick<StepValues, "training" | "dropout" | "number">,
) => Value;

export interface Split {
  readonly x: Matrix;
  readonly y: Matrix;
}

export interface TrainOptions
  extends Pick<
    TrainerOptions,
    | "parameters"
    | "groups"
    | "optimiser"
    | "schedule"
    | "epochs"
    | "batch"
    | "micro_batch"
    | "seed"
    | "patience"
    | "clip_norm"
    | "clip_value"
    | "average"
    | "threads"
    | "checkpoints"
  > {
  /** The net: rows and named parameters in, predictions out. */
  readonly forward: Forward;
  readonly data: { readonly train: Split; readonly validation: Split };
  /** Default: mean squared error. */
  readonly loss?: Loss;
  /** Base learning rate (default 0.003). */
  readonly rate?: number;
  readonly signal?: AbortSignal;
  onProgress?(progress: TrainProgress): void;
  /** Milliseconds; used for rates only. */
  now(): number;
}

export type TrainProgress = Progress;

export interface Trained extends Omit<TrainingResult, "history"> {
  readonly history: readonly (EpochRecord & { readonly validation_loss: number })[];
}

async function run({ forward, data, loss = mse, signal, onProgress, ...rest }: TrainOptions, worker: boolean) {
  const columns = ({ x, y }: Split): Tensors => ({ x: asTensor(x), y: asTensor(y) });
  const training = trainer({
    schedule: cosine(),
    rate: 0.003,
    ...rest,
    worker,
    drop_last: true,
    environment: (model, { x, y }, step) => loss.of(forward(x, model, step), y),
    data: { train: columns(data.train), validation: columns(data.validation) },
  });
  if (onProgress !== undefined) training.progress.subscribe(onProgress);
  return (await training.run(signal)) as Trained;
}

/**
 * Trains in this thread, in runs of some 150 ms between which the event loop turns. The rows of an epoch that fill no
 * batch are left out; they are others each time.
 *
 * An abort is no error: the result says `interrupted` and holds the best parameters so far.
 * Errors: L0951 unusable data, L0952 diverged before any epoch ended, L0808 or L0813 in the net itself.
 *
 * @example
 * const { parameters } = await train({
 *   forward: (x, { w }) => matmul(x, w),
 *   parameters: { w: tensor("float32", [1, 1], [0]) },
 *   data,
 *   epochs: 200,
 *   rate: 0.1,
 *   seed: 7,
 *   now: () => performance.now(),
 * });
 * parameters.w.data // Float32Array [≈2.00]
 */
export const train = (options: TrainOptions): Promise<Trained> => run(options, false);

/**
 * As `train`, in a worker thread. Errors: also L0814 when the thread ends by itself.
 *
 * @example
 * const { ended, steps } = await trainInWorker({
 *   forward: (x, { w }) => matmul(x, w),
 *   parameters: { w: tensor("float32", [1, 1], [0]) },
 *   data,
 *   epochs: 5,
 *   seed: 7,
 *   now: () => performance.now(),
 * });
 * [ended, steps] // ["done", 5]
 */
export const trainInWorker = (options: TrainOptions): Promise<Trained> => run(options, true);
