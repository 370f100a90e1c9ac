/**
 * A multilayer perceptron that sees the last rows and not only this one: for teachers whose memory is short, filters and
 * delays. How many rows is what the validation rows say. The policy carries the window itself.
 */
import { seedOf } from "../../component/rng.js";
import { scaledError } from "./cross-validate.js";
import { checkTrainingData } from "./data.js";
import { type MlpOptions, mlp } from "./mlp.js";
import { predict } from "./predict.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";
import { remembering, tapped } from "./taps.js";

export interface HistoryOptions extends MlpOptions {
  /** Rows that it sees, this one among them (default: chosen among 2, 4, 8 and 16). */
  readonly window: number;
}

type Options = StudentOptions & Partial<HistoryOptions>;

const WINDOWS = [2, 4, 8, 16];
/** Steps of a trial: enough to rank windows. */
const TRIAL_STEPS = 600;
/** Columns of a window; a wider one is not tried. */
export const MAX_COLUMNS = 2048;

/**
 * The student that looks back. Errors: L0951 data that cannot be fitted on; those of training.
 *
 * @example
 * const size = { window: 2, hidden: [8], ensemble: 1, epochs: 20 };
 * const { model } = await history.fit(data, { ...size, worker: false, seed: 7, now: () => 0 });
 * model.graph.inputs.map(({ name }) => name) // ["obs.x", "state_in.window", "reset"]
 */
export const history: Student<HistoryOptions> = { name: "history", fit };

async function fit(data: TrainingData, options: Options): Promise<Fitted> {
  checkTrainingData(data);
  const chosen = options.window === undefined ? await choose(data, options) : { window: options.window };
  const share = "tried" in chosen ? 0.3 : 0;
  const inner = await mlp.fit(tapped(data, chosen.window), {
    ...options,
    onProgress: (p) => options.onProgress?.({ ...p, student: "history", fraction: share + (1 - share) * p.fraction }),
  });
  return {
    ...inner,
    name: "history",
    model: remembering(inner.model, data, chosen.window),
    details: { ...chosen, ...inner.details },
  };
}

/** The window with the least validation error after a short training. */
async function choose(data: TrainingData, options: Options) {
  const tried: { window: number; validation_loss: number }[] = [];
  for (const window of WINDOWS) {
    if (window > WINDOWS[0] && window * data.train.x.width > MAX_COLUMNS) break;
    const seen = tapped(data, window);
    const { onProgress: _, ...rest } = options;
    const trial = await mlp.fit(seen, {
      ...rest,
      seed: seedOf(options.seed, `history/${window}`),
      ensemble: 1,
      dropout: options.dropout ?? 0,
      steps: Math.min(TRIAL_STEPS, options.steps ?? TRIAL_STEPS),
    });
    const said = await predict(trial.model, seen.validation.x);
    tried.push({ window, validation_loss: scaledError(said, data.validation.y, data.train.y) });
    options.onProgress?.({ student: "history", fraction: (0.3 * tried.length) / WINDOWS.length });
  }
  const { window } = tried.reduce((a, b) => (b.validation_loss < a.validation_loss ? b : a));
  return { window, tried };
}
