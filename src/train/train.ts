/**
 * Trains a net that is written as a graph: `train` here, `trainInWorker` in a thread, so that the caller's progress
 * bar moves and Ctrl-C is heard. Both give the same bytes for the same seed.
 */
import type { Tensors } from "../onnx/ir.js";
import { fail, LimbeckError, type Problem } from "../problem/problem.js";
import { startThread } from "../session/thread.js";
import type { Loss } from "./loss.js";
import { mse } from "./losses/mse.js";
import type { Optimiser } from "./optimiser.js";
import { adam } from "./optimisers/adam.js";
import { compile, type Forward, type Program, unpackTensors } from "./program.js";
import {
  type Ending,
  type EpochRecord,
  type RunOptions,
  type RunProgress,
  type RunResult,
  runProgram,
  type Split,
} from "./run.js";
import type { Schedule } from "./schedule.js";
import { cosine } from "./schedules/cosine.js";

export interface TrainOptions {
  /** The net: rows and named parameters in, predictions out. */
  readonly forward: Forward;
  /** float32 tensors to start from; weight decay applies to those of two or more axes. */
  readonly parameters: Tensors;
  readonly data: { readonly train: Split; readonly validation: Split };
  /** Default: mean squared error. */
  readonly loss?: Loss;
  /** Default: Adam. */
  readonly optimiser?: Optimiser;
  /** Default: cosine. */
  readonly schedule?: Schedule;
  /** Base learning rate (default 0.003). */
  readonly rate?: number;
  readonly epochs: number;
  /** Rows of a mini-batch (default 64); no more than there are rows. */
  readonly batch?: number;
  readonly seed: number;
  /** Epochs without a better validation loss after which training ends. */
  readonly patience?: number;
  readonly clip_norm?: number;
  /** Decay of a moving average of the parameters, which is then evaluated and kept in their place. */
  readonly average?: number;
  /** Threads inside one op (default 1). */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  onProgress?(progress: TrainProgress): void;
  /** Milliseconds; used for rates only. */
  now(): number;
}

export interface TrainProgress extends RunProgress {
  readonly steps_per_s: number;
}

export interface Trained {
  /** The parameters with the least validation loss. */
  readonly parameters: Tensors;
  readonly history: readonly EpochRecord[];
  /** Epoch that the parameters are from, counted from 1; 0 when training was stopped before the first ended. */
  readonly best_epoch: number;
  readonly best_loss: number;
  readonly steps: number;
  readonly steps_per_s: number;
  readonly ended: Ending;
}

function prepare(options: TrainOptions): { program: Program; run: RunOptions } {
  const { train } = options.data;
  const batch = Math.max(1, Math.min(options.batch ?? 64, train.x.rows));
  const program = compile({
    forward: options.forward,
    parameters: options.parameters,
    inputs: train.x.width,
    outputs: train.y.width,
    loss: options.loss ?? mse,
    optimiser: options.optimiser ?? adam(),
    schedule: options.schedule ?? cosine(),
    rate: options.rate ?? 0.003,
    batch,
    steps: Math.floor(train.x.rows / batch) * options.epochs,
    ...(options.clip_norm !== undefined && { clip_norm: options.clip_norm }),
    ...(options.average !== undefined && { average: options.average }),
  });
  const run: RunOptions = {
    epochs: options.epochs,
    seed: options.seed,
    ...(options.patience !== undefined && { patience: options.patience }),
    ...(options.threads !== undefined && { threads: options.threads }),
  };
  return { program, run };
}

/** Steps a second since now. */
function stopwatch({ now }: TrainOptions): (steps: number) => number {
  const started = now();
  return (steps) => (1000 * steps) / Math.max(now() - started, 1e-3);
}

const finish = (program: Program, result: RunResult, steps_per_s: number): Trained => ({
  ...result,
  steps_per_s,
  parameters: unpackTensors(result.parameters, program.layout),
});

/**
 * Trains in this thread, in runs of some 50 ms between which the event loop turns.
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
export async function train(options: TrainOptions): Promise<Trained> {
  const { program, run } = prepare(options);
  const rate = stopwatch(options);
  const result = await runProgram(program, options.data, run, {
    stopped: () => options.signal?.aborted ?? false,
    onProgress: (progress) => options.onProgress?.({ ...progress, steps_per_s: rate(progress.step) }),
  });
  return finish(program, result, rate(result.steps));
}

/** What goes to the thread. */
export interface Job {
  readonly program: Program;
  readonly data: TrainOptions["data"];
  readonly run: RunOptions;
}

/** What comes back from it. */
export type Report =
  | { readonly progress: RunProgress }
  | { readonly result: RunResult }
  | { readonly problems: readonly Problem[] };

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
export function trainInWorker(options: TrainOptions): Promise<Trained> {
  // nothing is left to train, and a thread takes longer to start than to stop
  if (options.signal?.aborted) return train(options);
  const { program, run } = prepare(options);
  const job: Job = { program, data: options.data, run };
  const worker = startThread("./train_thread", import.meta.url, job);
  const stop = (): void => worker.postMessage("stop");
  options.signal?.addEventListener("abort", stop, { once: true });
  return new Promise<Trained>((resolve, reject) => {
    const rate = stopwatch(options);
    worker.on("message", (report: Report) => {
      if ("progress" in report) {
        options.onProgress?.({ ...report.progress, steps_per_s: rate(report.progress.step) });
      } else if ("result" in report) resolve(finish(program, report.result, rate(report.result.steps)));
      else reject(new LimbeckError(report.problems));
    });
    const lost = (reason: string): void => {
      try {
        fail("L0814", { reason });
      } catch (error) {
        reject(error);
      }
    };
    worker.on("error", (error) => lost(error.message));
    worker.on("exit", (code) => lost(`the training thread ended (${code})`));
  }).finally(() => options.signal?.removeEventListener("abort", stop));
}
