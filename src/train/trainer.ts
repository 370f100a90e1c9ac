/**
 * The trainer: an environment, parameters and data in; a job that can be watched, stopped and resumed out.
 *
 *   trainer ─► program (ONNX models, plain data) ─► run, in a worker thread or here ─► parameters, history
 *                                                    │ before and after each step, epoch, validation, end
 *                                                    └─► observers, check-points
 */
import { type Observable, Subject } from "rxjs";
import type { Tensor, Tensors } from "../onnx/ir.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import { type Checkpoints, keyOf, programDigest } from "./checkpoint.js";
import { batchingOf, columnsOf, type Data, isStream } from "./data.js";
import type { Environment } from "./environment.js";
import type { EndEvent, Ending, EpochEvent, EpochRecord, RunProgress, StepEvent, ValidationEvent } from "./events.js";
import type { ParameterGroup } from "./groups.js";
import { dataHost, observedMoments, type Stopping, subjects, tell } from "./host.js";
import { unpackTensors } from "./layout.js";
import type { Optimiser } from "./optimiser.js";
import { adam } from "./optimisers/adam.js";
import { compile, type Program } from "./program.js";
import { type Host, type RunOptions, type RunResult, runProgram } from "./run.js";
import type { Schedule } from "./schedule.js";
import { constant } from "./schedules/constant.js";
import { runInThread } from "./thread.js";

export interface TrainerOptions {
  readonly environment: Environment;
  /** Tensors to start from, by the names that the environment knows them by. */
  readonly parameters: Tensors;
  /** Parameters that are trained in another way than the rest, or not at all. */
  readonly groups?: readonly ParameterGroup[];
  /** Columns by name, [rows, …] of any dtype, or streams of batches. Without validation data the last parameters are kept. */
  readonly data: { readonly train: Data; readonly validation?: Data };
  /** Default: Adam. */
  readonly optimiser?: Optimiser;
  /** Default: constant. */
  readonly schedule?: Schedule;
  /** Base learning rate (default 0.001). */
  readonly rate?: number;
  readonly epochs: number;
  /** Rows of one step (default 64, or those of the stream); no more than there are. */
  readonly batch?: number;
  /** Rows that are gone through at once: gradients of a batch's parts are added up, to the same step (default: all). */
  readonly micro_batch?: number;
  /** Leave out the last batch of an epoch when it is not full (default false). */
  readonly drop_last?: boolean;
  /** A new order of the rows each epoch (default true); streams have their own. */
  readonly shuffle?: boolean;
  readonly seed: number;
  /** Epochs without a better validation loss after which training ends (default: never). */
  readonly patience?: number;
  /** Gradients of a greater global norm are scaled down to it (Pascanu et al. 2013). */
  readonly clip_norm?: number;
  /** Elements of gradients are held between −this and this. */
  readonly clip_value?: number;
  /** Decay of a moving average of the parameters, which is then evaluated and kept in their place; at step t no more than (1 + t) / (10 + t). */
  readonly average?: number;
  /** Threads inside one op (default 1). */
  readonly threads?: number;
  /** Train in a worker thread (default), or in this one. */
  readonly worker?: boolean;
  /** A check-point to go on from: the result is that of a training that was never interrupted, to the byte. */
  readonly resume?: Uint8Array;
  /** Where check-points go, and after how many epochs or steps. */
  readonly checkpoint?: {
    readonly every_epochs?: number;
    readonly every_steps?: number;
    readonly every_s?: number;
    save(bytes: Uint8Array): void | Promise<void>;
  };
  /**
   * Where this training finds a check-point of its own, and leaves one: every 30 s, when it is stopped, and when it is
   * done, so that it is not done twice. For jobs of several trainings, in place of `resume` and `checkpoint`.
   */
  readonly checkpoints?: Checkpoints;
  /** Milliseconds, for rates and time left (default: those of the process). */
  now?(): number;
}

/** How often a training of a job leaves a check-point where it could be killed. */
const EVERY_S = 30;

export interface Progress extends RunProgress {
  readonly steps_per_s: number;
  /** Until all epochs are done, at this rate. */
  readonly time_left_s: number;
}

/** Observers of a training; each event is plain values and a way to stop. */
export interface Moments {
  readonly step: Observable<StepEvent & Stopping>;
  readonly epoch: Observable<EpochEvent & Stopping>;
  readonly validation: Observable<Validated & Stopping>;
  readonly end: Observable<EndEvent & Stopping>;
}

export interface Validated extends Omit<ValidationEvent, "parameters"> {
  /** After validation: the parameters that were evaluated. */
  readonly parameters?: Tensors;
}

export interface TrainingResult {
  /** Those with the least validation loss, or without validation data the last ones. */
  readonly parameters: Tensors;
  readonly history: readonly EpochRecord[];
  /** Epoch with the least loss, from 1; 0 when none ended. */
  readonly best_epoch: number;
  readonly best_loss: number;
  /** Steps done, those before a resume included. */
  readonly steps: number;
  readonly steps_per_s: number;
  readonly ended: Ending;
  /** Where to resume, when it was interrupted. */
  readonly checkpoint?: Uint8Array;
}

export interface Training {
  /** Told before it happens; `stop` then keeps it from happening. Watching steps makes training go step by step. */
  readonly before: Moments;
  readonly after: Moments;
  readonly progress: Observable<Progress>;
  /** Steps of the whole training. */
  readonly steps: number;
  /** Steps of one epoch. */
  readonly steps_per_epoch: number;
  /** What all values of one step take together: an upper bound, counted from the graph. */
  readonly step_bytes: number;
  /** Ends the training at the next step; what was found so far is the result, with a check-point. */
  stop(): void;
  /**
   * Trains, once. An abort is no error: the result says `interrupted`.
   *
   * Errors: L0951 unusable data, L0952 diverged before any epoch ended, L0955 or L0956 a check-point that cannot be
   * resumed, L0814 a thread that ended by itself.
   */
  run(signal?: AbortSignal): Promise<TrainingResult>;
}

/**
 * Compiles a training. Nothing runs until `run` is called.
 *
 * Errors: L0951 unusable data, L0953 groups that do not hold, L0954 an environment that does not, L0957 a setting out
 * of its range, L0958 one that there is not, L0808 or L0813 in the environment's graph.
 *
 * @example
 * const columns = { x: asTensor(data.train.x), y: asTensor(data.train.y) };
 * const training = trainer({
 *   environment: ({ w }, { x, y }) => mse.of(matmul(x, w), y),
 *   parameters: { w: tensor("float32", [1, 1], [0]) },
 *   data: { train: columns },
 *   schedule: cosine(),
 *   epochs: 200,
 *   rate: 0.1,
 *   seed: 7,
 *   worker: false,
 * });
 * const losses: number[] = [];
 * training.after.epoch.subscribe(({ train_loss }) => losses.push(train_loss!));
 * const { parameters, ended } = await training.run();
 * parameters.w.data; // Float32Array [≈2.00]
 * [ended, losses.length] // ["done", 200]
 */
export function trainer(options: TrainerOptions): Training {
  checkOptions(options);
  const { data, seed, shuffle: shuffled = true } = options;
  const program = programOf(options);
  const [before, after, progress] = [subjects(), subjects(), new Subject<Progress>()];
  const named = (units: readonly Tensors[string][]): Tensors =>
    unpackTensors(program.units, units, program.names, {
      ...program.frozen,
      ...Object.fromEntries(program.set.map((name, i) => [name, copied(units[program.units.length + i])])),
    });
  const now = options.now ?? (() => performance.now());
  let stopped = false;
  let begun = false;
  const stop = (): void => {
    stopped = true;
  };
  return {
    before: before as unknown as Moments,
    after: after as unknown as Moments,
    progress,
    steps: program.rates.length,
    steps_per_epoch: program.steps,
    step_bytes: program.step_bytes,
    stop,
    async run(signal) {
      if (begun) fail("L0957", { option: "run", found: "called again", expected: "called once" });
      begun = true;
      const clock = stopwatch(now, program.rates.length);
      const feeds = dataHost(data, program, seed, shuffled);
      const job = options.checkpoints && (await shelf(options.checkpoints, program, feeds, options));
      const { save, ...every } = options.checkpoint ?? (job && { every_s: EVERY_S, save: job.save }) ?? {};
      const resume = options.resume ?? (await job?.load());
      const host: Host = {
        ...feeds,
        observed: observedMoments({ before, after }),
        stopped: () => stopped || (signal?.aborted ?? false),
        before(event) {
          tell(before, event, stop);
          return stopped;
        },
        after: (event) =>
          tell(
            after,
            event.at === "validation" && event.parameters
              ? ({ ...event, parameters: named(event.parameters) } as unknown as ValidationEvent)
              : event,
            stop,
          ),
        progress: (p) => progress.next({ ...p, ...clock(p) }),
        save: async (bytes) => save?.(bytes),
        now: () => performance.now(),
      };
      const run: RunOptions = {
        seed,
        ...(options.patience !== undefined && { patience: options.patience }),
        ...(options.threads !== undefined && { threads: options.threads }),
        ...(resume !== undefined && { resume }),
        checkpoint: { ...every, at_end: job !== undefined },
      };
      // nothing is left to train, and a thread takes longer to start than to stop
      const here = options.worker === false || host.stopped();
      try {
        const result = await (here
          ? runProgram(program, run, host)
          : runInThread(program, { ...data, shuffled }, run, host, signal));
        if (result.checkpoint !== undefined && result.steps > result.resumed) await job?.save(result.checkpoint);
        return finished(result, named, clock);
      } finally {
        for (const subject of [progress, ...Object.values(before), ...Object.values(after)]) subject.complete();
      }
    },
  };
}

/** This training's place among the check-points of a job. */
async function shelf(
  checkpoints: Checkpoints,
  program: Program,
  { dataDigest }: Pick<Host, "dataDigest">,
  { seed, patience }: TrainerOptions,
) {
  const identity = { environment: programDigest(program), data: await dataDigest(), seed };
  const key = keyOf(identity, patience);
  return { load: () => checkpoints.load(key), save: (bytes: Uint8Array) => checkpoints.save(key, bytes) };
}

const copied = (t: Tensor): Tensor => ({ ...t, data: t.data.slice() as Tensor["data"] });

function finished(
  { best, checkpoint, ...result }: RunResult,
  named: (units: RunResult["best"]) => Tensors,
  clock: ReturnType<typeof stopwatch>,
): TrainingResult {
  return {
    ...result,
    ...(result.ended === "interrupted" && checkpoint && { checkpoint }),
    parameters: named(best),
    steps_per_s: clock({ step: result.steps, resumed: result.resumed }).steps_per_s,
  };
}

function programOf(options: TrainerOptions): Program {
  const { data } = options;
  const train = columnsOf("train", data.train);
  const validation = data.validation && columnsOf("validation", data.validation);
  if (validation !== undefined && describe(validation.columns) !== describe(train.columns))
    fail("L0951", {
      reason: `the train split has columns ${describe(train.columns)}, the validation split ${describe(validation.columns)}`,
    });
  const wanted = isStream(data.train) ? data.train.batch : (options.batch ?? 64);
  return compile({
    environment: options.environment,
    parameters: options.parameters,
    groups: options.groups ?? [],
    columns: train.columns,
    optimiser: options.optimiser ?? adam(),
    schedule: options.schedule ?? constant,
    rate: options.rate ?? 1e-3,
    epochs: options.epochs,
    batching: batchingOf(train.rows, wanted, options.drop_last ?? false),
    ...(validation && {
      validation: {
        rows: validation.rows,
        ...(data.validation && isStream(data.validation) && { batch: data.validation.batch }),
      },
    }),
    ...(options.micro_batch !== undefined && { micro_batch: options.micro_batch }),
    ...(options.clip_norm !== undefined && { clip_norm: options.clip_norm }),
    ...(options.clip_value !== undefined && { clip_value: options.clip_value }),
    ...(options.average !== undefined && { average: options.average }),
  });
}

const describe = (columns: ReturnType<typeof columnsOf>["columns"]): string =>
  columns
    .map(({ name, dtype, dims }) => `${name}: ${dtype} [${["rows", ...dims]}]`)
    .sort()
    .join(", ");

/** Steps a second since now, and seconds left at that rate. */
function stopwatch(now: () => number, steps: number) {
  const started = now();
  return ({ step, resumed }: { step: number; resumed: number }): { steps_per_s: number; time_left_s: number } => {
    const steps_per_s = (1000 * (step - resumed)) / Math.max(now() - started, 1e-3);
    return { steps_per_s, time_left_s: (steps - step) / Math.max(steps_per_s, 1e-9) };
  };
}

const RANGES: readonly (readonly [keyof TrainerOptions, (v: number) => boolean, string])[] = [
  ["epochs", (v) => Number.isSafeInteger(v) && v >= 1, "a positive integer"],
  ["batch", (v) => Number.isSafeInteger(v) && v >= 1, "a positive integer"],
  ["micro_batch", (v) => Number.isSafeInteger(v) && v >= 1, "a positive integer"],
  ["patience", (v) => Number.isSafeInteger(v) && v >= 1, "a positive integer"],
  ["threads", (v) => Number.isSafeInteger(v) && v >= 1, "a positive integer"],
  ["seed", Number.isSafeInteger, "an integer"],
  ["rate", (v) => Number.isFinite(v) && v > 0, "a number above 0"],
  ["clip_norm", (v) => v > 0, "a number above 0"],
  ["clip_value", (v) => v > 0, "a number above 0"],
  ["average", (v) => v >= 0 && v < 1, "a number from 0 to less than 1"],
];

/** All options there are, and whether one has to be given. */
const OPTIONS: { readonly [option in keyof Required<TrainerOptions>]: boolean } = {
  environment: true,
  parameters: true,
  groups: false,
  data: true,
  optimiser: false,
  schedule: false,
  rate: false,
  epochs: true,
  batch: false,
  micro_batch: false,
  drop_last: false,
  shuffle: false,
  seed: true,
  patience: false,
  clip_norm: false,
  clip_value: false,
  average: false,
  threads: false,
  worker: false,
  resume: false,
  checkpoint: false,
  checkpoints: false,
  now: false,
};

const whatIs = (value: unknown): string =>
  typeof value === "string"
    ? `the text "${value}"`
    : typeof value === "function"
      ? "a function that was not called"
      : `a ${typeof value}`;

function checkOptions(options: TrainerOptions): void {
  const known = Object.keys(OPTIONS);
  for (const option of Object.keys(options))
    if (!known.includes(option)) fail("L0958", { option, nearest: nearest(option, known), known });
  for (const [option, holds, expected] of RANGES) {
    const value = options[option];
    if (value === undefined ? OPTIONS[option] : !(typeof value === "number" && holds(value)))
      fail("L0957", { option, found: value === undefined ? "missing" : String(value), expected });
  }
  const { optimiser, schedule } = options;
  if (optimiser !== undefined && typeof optimiser.update !== "function")
    fail("L0957", {
      option: "optimiser",
      found: whatIs(optimiser),
      expected: "one of `adam()`, `adamW()`, `sgd()`, or your own",
    });
  if (schedule !== undefined && typeof schedule.factor !== "function")
    fail("L0957", {
      option: "schedule",
      found: whatIs(schedule),
      expected: "`constant`, one like `cosine()`, or your own",
    });
}
