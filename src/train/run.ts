/**
 * Runs a compiled training: epochs of shuffled mini-batches, validation after each, early stopping, best weights kept.
 *
 * Everything random comes from the seed, so the same program, data and options give the same bytes, whether it runs
 * here or in a worker thread and however it is cut into runs.
 */
import { type Rng, rng, seedOf } from "../component/rng.js";
import type { Tensor, Tensors } from "../onnx/ir.js";
import { tensor } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { openChecked, type Session } from "../session/runtime.js";
import { asTensor, type Matrix, rowsOf } from "./matrix.js";
import type { Program } from "./program.js";
import { shuffle } from "./shuffle.js";

/** Rows evaluated at once. */
const EVALUATION_ROWS = 8192;
/** About how many multiplications one run may take, so that progress moves and a stop is prompt (some 50 ms). */
const WORK_PER_RUN = 4e8;

export interface Split {
  readonly x: Matrix;
  readonly y: Matrix;
}

export interface RunOptions {
  readonly epochs: number;
  readonly seed: number;
  /** Epochs without a better validation loss after which training ends (default: never). */
  readonly patience?: number;
  /** Threads inside one op (default 1). */
  readonly threads?: number;
}

export interface EpochRecord {
  /** Counts from 1. */
  readonly epoch: number;
  /** Steps done so far. */
  readonly step: number;
  /** Mean over the epoch's batches, dropout included. */
  readonly train_loss: number;
  readonly validation_loss: number;
  /** Learning rate factor times base rate at the epoch's last step. */
  readonly rate: number;
}

export interface RunProgress {
  /** Share of all epochs done, 0 to 1. */
  readonly fraction: number;
  readonly epoch: number;
  readonly train_loss: number;
  /** Of the last finished epoch. */
  readonly validation_loss?: number;
  /** Steps done so far. */
  readonly step: number;
}

/** Why training ended: all epochs done, no progress, stopped from outside, or the loss stopped being a number. */
export type Ending = "done" | "patience" | "interrupted" | "diverged";

export interface RunResult {
  /** The parameters with the least validation loss; those to start from when no epoch ended. */
  readonly parameters: Float32Array;
  readonly history: readonly EpochRecord[];
  /** Epoch that the parameters are from; 0 when none ended. */
  readonly best_epoch: number;
  readonly best_loss: number;
  readonly steps: number;
  readonly ended: Ending;
}

export interface Hooks {
  stopped(): boolean;
  onProgress?(progress: RunProgress): void;
}

/**
 * Runs the program on data.
 *
 * Errors: L0951 data that does not fit the program, L0952 when the loss is not a number before any epoch ended.
 */
export async function runProgram(
  program: Program,
  data: { readonly train: Split; readonly validation: Split },
  options: RunOptions,
  hooks: Hooks,
): Promise<RunResult> {
  checkData(data);
  const { rows } = data.train.x;
  const perEpoch = Math.floor(rows / program.batch);
  if (perEpoch < 1) fail("L0951", { reason: `${rows} rows are fewer than one batch of ${program.batch}` });
  if (perEpoch * options.epochs > program.steps)
    fail("L0951", {
      reason: `${options.epochs} epochs of ${perEpoch} steps are more than the ${program.steps} compiled`,
    });

  const step = await openChecked(program.step, { threads: options.threads ?? 1 });
  const evaluation = await openChecked(program.evaluate, { threads: options.threads ?? 1 });
  try {
    return await loop({ program, data, options, hooks, step, evaluation, perEpoch });
  } finally {
    await step.close();
    await evaluation.close();
  }
}

interface Running {
  readonly program: Program;
  readonly data: { readonly train: Split; readonly validation: Split };
  readonly options: RunOptions;
  readonly hooks: Hooks;
  readonly step: Session;
  readonly evaluation: Session;
  readonly perEpoch: number;
}

async function loop({ program, data, options, hooks, step, evaluation, perEpoch }: Running): Promise<RunResult> {
  const names = Object.keys(program.state);
  let state: { [name: string]: Tensor } = Object.fromEntries(
    names.map((name) => [name, tensor("float32", [program.state[name].length], program.state[name])]),
  );
  const order = Int32Array.from({ length: data.train.x.rows }, (_, i) => i);
  const shuffling = rng(seedOf(options.seed, "shuffle"));
  const feed = dropoutFeed(program, rng(seedOf(options.seed, "dropout")));
  const rows = { x: asTensor(data.train.x), y: asTensor(data.train.y) };
  const perRun = Math.max(1, Math.floor(WORK_PER_RUN / (program.batch * program.state.parameters.length * 3)));

  const history: EpochRecord[] = [];
  let best: Float32Array = program.state[program.best].slice();
  let bestEpoch = 0;
  let bestLoss = Number.POSITIVE_INFINITY;
  let done = 0;
  let ended: Ending = "done";

  epochs: for (let epoch = 1; epoch <= options.epochs; epoch++) {
    shuffle(order, shuffling);
    let sum = 0;
    for (let at = 0; at < perEpoch; ) {
      if (hooks.stopped()) {
        ended = "interrupted";
        break epochs;
      }
      const count = Math.min(perRun, perEpoch - at);
      const batches = order.subarray(at * program.batch, (at + count) * program.batch);
      const results = await step.run({
        ...rows,
        ...state,
        batches: tensor("int32", [count, program.batch], batches),
        ...scalarsOf(program, done, count),
        ...feed(count),
      });
      state = Object.fromEntries(names.map((name) => [name, results[`next.${name}`]]));
      for (const loss of results.losses.data as Float32Array) sum += loss;
      at += count;
      done += count;
      if (!Number.isFinite(sum)) {
        ended = "diverged";
        break epochs;
      }
      hooks.onProgress?.({
        fraction: done / (perEpoch * options.epochs),
        epoch,
        train_loss: sum / at,
        ...(history.length > 0 && { validation_loss: history[history.length - 1].validation_loss }),
        step: done,
      });
    }
    const loss = await meanLoss(evaluation, state[program.best], data.validation);
    history.push({
      epoch,
      step: done,
      train_loss: sum / perEpoch,
      validation_loss: loss,
      rate: program.rates[done - 1],
    });
    if (loss < bestLoss) {
      best = (state[program.best].data as Float32Array).slice();
      bestEpoch = epoch;
      bestLoss = loss;
    } else if (epoch - bestEpoch >= (options.patience ?? Number.POSITIVE_INFINITY)) {
      ended = "patience";
      break;
    }
  }
  if (ended === "diverged" && bestEpoch === 0) fail("L0952", { steps: done });
  return {
    parameters: best,
    history,
    best_epoch: bestEpoch,
    best_loss: bestLoss,
    steps: done,
    ended,
  };
}

const scalarsOf = (program: Program, from: number, count: number): Tensors =>
  Object.fromEntries(
    Object.entries(program.scalars).map(([name, values]) => [
      name,
      tensor("float32", [count], values.subarray(from, from + count)),
    ]),
  );

/**
 * What dropout is fed with: one pool of masks for the whole training, and for every row of every batch a row of it
 * drawn at random.
 */
function dropoutFeed({ dropout, batch }: Program, draws: Rng): (steps: number) => Tensors {
  const width = dropout.parts.reduce((n, p) => n + p.width, 0);
  if (width === 0) return () => ({});
  const rates = dropout.parts.flatMap((p) => new Array<number>(p.width).fill(p.rate));
  const pool = Float32Array.from({ length: dropout.rows * width }, (_, i) => {
    const rate = rates[i % width];
    return draws.uniform() < rate ? 0 : 1 / (1 - rate);
  });
  const masks = tensor("float32", [dropout.rows, width], pool);
  return (steps) => ({
    masks,
    mask_batches: tensor(
      "int32",
      [steps, batch],
      Int32Array.from({ length: steps * batch }, () => draws.integer(dropout.rows)),
    ),
  });
}

/** Mean loss over all rows. */
async function meanLoss(session: Session, parameters: Tensor, { x, y }: Split): Promise<number> {
  let sum = 0;
  for (let from = 0; from < x.rows; from += EVALUATION_ROWS) {
    const to = Math.min(from + EVALUATION_ROWS, x.rows);
    const { loss } = await session.run({
      parameters,
      x: asTensor(rowsOf(x, from, to)),
      y: asTensor(rowsOf(y, from, to)),
    });
    sum += Number(loss.data[0]) * (to - from);
  }
  return sum / x.rows;
}

function checkData(data: { readonly train: Split; readonly validation: Split }): void {
  for (const name of ["train", "validation"] as const) {
    const { x, y } = data[name];
    if (x.rows !== y.rows)
      fail("L0951", { reason: `the ${name} split has ${x.rows} input rows and ${y.rows} output rows` });
    if (x.rows === 0) fail("L0951", { reason: `the ${name} split has no rows` });
    for (const [what, m] of [
      ["input", x],
      ["output", y],
    ] as const) {
      const at = m.data.findIndex((v) => !Number.isFinite(v));
      if (at >= 0)
        fail("L0951", { reason: `${what} row ${Math.floor(at / m.width) + 1} of the ${name} split is not finite` });
    }
  }
}
