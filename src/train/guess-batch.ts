/**
 * A guess at the size of a batch, from time and memory.
 *
 * The rule: of the powers of two from 8 up whose steps fit into the memory limit, the smallest that goes through at
 * least 90 % of the rows a second that the fastest does. Beyond it, steps only become fewer, not cheaper.
 *
 * Memory is counted from the graph: parameters, optimiser and all intermediate values of one step, an upper bound of
 * what the runtime holds at once, so the guess is the same on every machine as far as memory goes.
 */
import { fail } from "../problem/problem.js";
import { columnsOf, isStream, rowsOfColumns } from "./data.js";
import { type TrainerOptions, trainer } from "./trainer.js";

export interface GuessBatchOptions
  extends Omit<
    TrainerOptions,
    "batch" | "epochs" | "patience" | "resume" | "checkpoint" | "checkpoints" | "worker" | "micro_batch"
  > {
  /** What one step may take (default 1 GiB). */
  readonly memory_bytes?: number;
  /** Greatest batch tried (default: a quarter of the rows, at most 4096). */
  readonly most?: number;
}

export interface BatchTrial {
  readonly batch: number;
  readonly rows_per_s: number;
  readonly memory_bytes: number;
}

export interface GuessedBatch {
  readonly batch: number;
  readonly trials: readonly BatchTrial[];
}

const SMALLEST = 8;
const GREATEST = 4096;
const GOOD = 0.9;
/** Rows that a trial is timed over, at least this many steps. */
const TRIAL_STEPS = 24;
const WARM_STEPS = 8;

/**
 * Tries sizes of batches on columns in memory; what is trained on the way is thrown away.
 *
 * Errors: those of `trainer`; L0951 streams, whose batches are what they are; L0957 a limit that not even eight rows
 * fit into.
 *
 * @example
 * const { batch } = await guessBatch({
 *   environment: ({ w }, { x, y }) => mse.of(matmul(x, w), y),
 *   parameters: { w: tensor("float32", [1, 1], [0]) },
 *   data: { train: { x: asTensor(data.train.x), y: asTensor(data.train.y) } },
 *   seed: 7,
 *   most: 8,
 * });
 * batch // 8
 */
export async function guessBatch(options: GuessBatchOptions): Promise<GuessedBatch> {
  const { memory_bytes = 2 ** 30, most, data, now = () => performance.now(), ...rest } = options;
  const { train } = data;
  if (isStream(train)) return fail("L0951", { reason: "the batches of a stream have the size that it gives them" });
  const { rows } = columnsOf("train", train);
  const top = Math.min(rows, most ?? Math.max(SMALLEST, Math.min(GREATEST, Math.floor(rows / 4))));
  const trials: BatchTrial[] = [];
  for (let batch = Math.min(SMALLEST, top); batch <= top; batch *= 2) {
    const used = Math.min(rows, batch * TRIAL_STEPS);
    const perEpoch = Math.floor(used / batch);
    const training = trainer({
      ...rest,
      data: { train: rowsOfColumns(train, 0, perEpoch * batch) },
      batch,
      epochs: Math.ceil((WARM_STEPS + TRIAL_STEPS) / perEpoch),
      worker: false,
    });
    if (training.step_bytes > memory_bytes) break;
    let warm: { readonly step: number; readonly ms: number } | undefined;
    let last = { step: 0, ms: 0 };
    training.progress.subscribe(({ step }) => {
      last = { step, ms: now() };
      if (step >= WARM_STEPS) warm ??= last;
    });
    await training.run();
    const [steps, ms] = warm === undefined ? [0, 0] : [last.step - warm.step, last.ms - warm.ms];
    trials.push({ batch, rows_per_s: (1000 * steps * batch) / Math.max(ms, 1e-3), memory_bytes: training.step_bytes });
  }
  if (trials.length === 0)
    fail("L0957", { option: "memory_bytes", found: String(memory_bytes), expected: `enough for ${SMALLEST} rows` });
  const fastest = Math.max(...trials.map((t) => t.rows_per_s));
  return { batch: trials.find((t) => t.rows_per_s >= GOOD * fastest)!.batch, trials };
}
