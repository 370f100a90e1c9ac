/**
 * The learning-rate range test (Smith 2017): one step a rate, rates growing from small to large, until the loss runs
 * away.
 *
 * The losses are smoothed by an exponential average (its start corrected for); the suggestion is the rate at which the
 * smoothed loss falls fastest over the logarithm of the rate. A tenth of the rate with the least loss, the other rule in
 * use, is given beside it.
 */
import { fail } from "../problem/problem.js";
import { batchingOf, columnsOf, isStream } from "./data.js";
import { type TrainerOptions, trainer } from "./trainer.js";

export interface FindRateOptions
  extends Omit<
    TrainerOptions,
    "rate" | "schedule" | "epochs" | "patience" | "average" | "resume" | "checkpoint" | "checkpoints"
  > {
  /** Lowest rate tried (default 1e-7). */
  readonly from?: number;
  /** Greatest rate tried (default 10). */
  readonly to?: number;
  /** Rates tried (default 100). */
  readonly steps?: number;
  /** Share of the past in the smoothed loss (default 0.9). */
  readonly smoothing?: number;
  readonly signal?: AbortSignal;
}

export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
  readonly smoothed: number;
}

export interface FoundRate {
  /** Where the loss falls fastest. */
  readonly suggestion: number;
  /** A tenth of the rate with the least smoothed loss. */
  readonly tenth_of_least: number;
  /** One point a step, up to where the loss ran away. */
  readonly curve: readonly RatePoint[];
}

/** A smoothed loss of so many times the least one has run away. */
const RUNAWAY = 4;
/** Points at either end that a slope is not looked for in: smoothing has no past there. */
const EDGE = 5;

/**
 * Tries rates on the training data. What is trained on the way is thrown away.
 *
 * Errors: those of `trainer`; L0957 a range that is none, or too few steps; L0952 no rate at which the loss is a number.
 *
 * @example
 * const found = await findRate({
 *   environment: ({ w }, { x, y }) => mse.of(matmul(x, w), y),
 *   parameters: { w: tensor("float32", [1, 1], [0]) },
 *   data: { train: { x: asTensor(data.train.x), y: asTensor(data.train.y) } },
 *   seed: 7,
 *   worker: false,
 * });
 * found.suggestion > 1e-3 && found.suggestion < 1 // true
 */
export async function findRate(options: FindRateOptions): Promise<FoundRate> {
  const { from = 1e-7, to = 10, steps = 100, smoothing = 0.9, signal, ...rest } = options;
  if (!(from > 0 && to > from && Number.isFinite(to)))
    fail("L0957", {
      option: "from … to",
      found: `${from} … ${to}`,
      expected: "rates above 0, the first below the last",
    });
  if (!(Number.isSafeInteger(steps) && steps > 2 * EDGE))
    fail("L0957", { option: "steps", found: String(steps), expected: `an integer above ${2 * EDGE}` });
  if (!(smoothing >= 0 && smoothing < 1))
    fail("L0957", { option: "smoothing", found: String(smoothing), expected: "a number from 0 to less than 1" });
  const rateAt = (step: number): number => from * (to / from) ** ((Math.min(step, steps) - 1) / (steps - 1));
  const { data, ...others } = rest;
  const { train } = data;
  const { rows } = columnsOf("train", train);
  const batch = isStream(train) ? train.batch : (rest.batch ?? 64);
  const { steps: perEpoch } = batchingOf(rows, batch, rest.drop_last ?? false);
  const training = trainer({
    ...others,
    data: { train },
    rate: 1,
    schedule: { name: "range", factor: rateAt },
    epochs: Math.ceil(steps / perEpoch),
  });
  const curve: RatePoint[] = [];
  let average = 0;
  let least = Number.POSITIVE_INFINITY;
  let over = false;
  training.after.step.subscribe(({ step, rate, loss, stop }) => {
    if (over) return;
    average = smoothing * average + (1 - smoothing) * loss!;
    const smoothed = average / (1 - smoothing ** step);
    over = step > steps || !Number.isFinite(smoothed) || (step > EDGE && smoothed > RUNAWAY * least);
    if (over) stop();
    else {
      curve.push({ rate, loss: loss!, smoothed });
      least = Math.min(least, smoothed);
    }
  });
  try {
    await training.run(signal);
  } catch (error) {
    // running away is what is looked for
    if (curve.length < 2) throw error;
  }
  if (curve.length < 2) fail("L0952", { steps: curve.length });
  return { ...suggested(curve), curve };
}

function suggested(curve: readonly RatePoint[]): Pick<FoundRate, "suggestion" | "tenth_of_least"> {
  const least = curve.reduce((a, b) => (b.smoothed < a.smoothed ? b : a));
  const edge = curve.length > 3 * EDGE ? EDGE : 1;
  let best = { slope: Number.POSITIVE_INFINITY, rate: least.rate / 10 };
  for (let i = edge; i + edge < curve.length; i++) {
    const [a, b] = [curve[i - 1], curve[i + 1]];
    const slope = (b.smoothed - a.smoothed) / Math.log(b.rate / a.rate);
    if (slope < best.slope) best = { slope, rate: curve[i].rate };
  }
  return { suggestion: best.rate, tenth_of_least: least.rate / 10 };
}
