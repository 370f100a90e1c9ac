/**
 * A multilayer perceptron: the mean of several nets that differ by seed, trained side by side in worker threads and
 * averaged inside the model.
 *
 *   rows ─ cross-validate ─► dropout ─ train n nets, stopped early on the validation rows ─► one model
 */
import { seedOf } from "../../component/rng.js";
import type { Json } from "../../message/type.js";
import { foldsOf, geometricMean, mostRestrained, scaledError } from "./cross-validate.js";
import { checkTrainingData } from "./data.js";
import { type CourseOptions, courseOf, fitNets, inParallel } from "./ensemble.js";
import { normalOutputs } from "./heads.js";
import { type Normal, netsModel, trainNet } from "./net.js";
import { type activations, type PerceptronPlan, perceptron } from "./perceptron.js";
import { predict } from "./predict.js";
import { statistics } from "./statistics.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";

/** Default: three nets of 6,000 steps. */
export interface MlpOptions extends CourseOptions {
  /** Widths of the hidden layers (default [64, 64]). */
  readonly hidden: readonly number[];
  /** Default `tanh`: of the three it went least astray outside the rows that it was trained on. */
  readonly activation: keyof typeof activations;
  /** Share of hidden units dropped in training (default: chosen by cross-validation). */
  readonly dropout: number;
  /** Learn outputs as they are, not less their mean and over their deviation; to show what that costs (default false). */
  readonly raw_outputs: boolean;
}

type Options = StudentOptions & Partial<MlpOptions>;

const COURSE = { steps: 6_000, rate: 3e-3 };
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
  const normal = { x: statistics(data.train.x), y: normalOutputs(data, options.raw_outputs) };
  const { ensemble = 3 } = options;
  const search = options.dropout === undefined;
  const chosen = search ? await chooseDropout(data, normal, options) : { dropout: options.dropout!, errors: undefined };
  const plan = planOf(data, options, chosen.dropout);
  const course = courseOf(data, options, COURSE);
  const start = search ? 0.5 : 0;
  const fitted = await fitNets(perceptron("mlp", plan), course, data, normal, options, { ensemble, start });
  return {
    ...fitted,
    details: {
      hidden: plan.widths.slice(1, -1),
      activation: plan.activation,
      dropout: plan.dropout,
      ...(chosen.errors === undefined ? {} : { cross_validation: chosen.errors }),
      ...fitted.details,
    },
  };
}

const planOf = ({ train }: TrainingData, options: Options, dropout: number): PerceptronPlan => {
  const { hidden = [64, 64], activation = "tanh" } = options;
  return { widths: [train.x.width, ...hidden, train.y.width], activation, dropout };
};

/** The most dropout that is, over held-out stretches of training and validation rows, as good as any. */
async function chooseDropout(data: TrainingData, normal: Normal, options: Options) {
  const folds = foldsOf(data, FOLDS);
  if (folds === undefined) return { dropout: 0, errors: undefined };
  const jobs = DROPOUTS.flatMap((dropout) => folds.map((fold, k) => ({ dropout, fold, k })));
  let done = 0;
  const tasks = jobs.map(({ dropout, fold, k }) => async () => {
    const net = perceptron("mlp", planOf(fold.data, options, dropout));
    const steps = Math.min(FOLD_STEPS, options.steps ?? COURSE.steps);
    const course = courseOf(fold.data, { ...options, steps }, COURSE);
    const own = { ...options, seed: seedOf(options.seed, `mlp/fold/${k}`) };
    const trained = await trainNet(net, course, fold.data, normal, own, () => {});
    const predicted = await predict(netsModel(net, data, normal, [trained]), fold.held.x);
    options.onProgress?.({ student: "mlp", fraction: (0.5 * ++done) / jobs.length });
    return scaledError(predicted, fold.held.y, data.train.y);
  });
  const errors = await inParallel(tasks, options.parallel ?? 2);
  const byDropout = DROPOUTS.map((_, i) => errors.slice(i * FOLDS, (i + 1) * FOLDS));
  const shown = DROPOUTS.map((dropout, i) => ({ dropout, error: geometricMean(byDropout[i]!) }));
  return { dropout: DROPOUTS[mostRestrained(byDropout)]!, errors: shown as unknown as Json };
}
