/**
 * Tries a few students with a few settings each, on a small budget, and fits the one again that told the validation rows
 * best. What was tried, and how well it did, is part of the result.
 */
import { seedOf } from "../../component/rng.js";
import type { Json } from "../../message/type.js";
import { boosted } from "./boosted.js";
import { conv } from "./conv.js";
import { scaledError } from "./cross-validate.js";
import { checkTrainingData } from "./data.js";
import { forest } from "./forest.js";
import { gru } from "./gru.js";
import { history, MAX_COLUMNS } from "./history.js";
import { imagesOf } from "./images.js";
import { keypoints } from "./keypoints.js";
import { mlp } from "./mlp.js";
import { remembers } from "./policy.js";
import { predict } from "./predict.js";
import { ridge } from "./ridge.js";
import { ridgeMlp } from "./ridge-mlp.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";

export interface AutoOptions {
  /** Gradient steps of one trial (default 800); trees and ridge take what they take. */
  readonly trial_steps: number;
  /** Train in worker threads (default true). */
  readonly worker: boolean;
  /** Gradient steps of the winner (default: its own). */
  readonly steps: number;
}

interface Candidate {
  readonly student: Student;
  /** Of trial and winner. */
  readonly settings: { readonly [option: string]: Json };
  /** Of the trial alone: less of the same. */
  readonly less: { readonly [option: string]: Json };
}

/** Rows that the student that looks back sees. */
const WINDOW = 8;
/** Columns of inputs times outputs from which on trees take too long to be tried. */
const MANY = 20_000;
/** Share of the error by which one has to be better than plainer ones; with memory by more, since that has to be carried. */
const WORTH = { plain: 0.02, remembers: 0.1 };
/** Share of the variance below which every student is as good as perfect. */
const PERFECT = 1e-6;

function candidates({ inputs, train }: TrainingData, steps: number): Candidate[] {
  const [wide, tall] = [train.x.width * train.y.width > MANY, train.x.rows];
  const nets = { ensemble: 1, steps };
  const net = (student: Student, settings: { readonly [option: string]: Json }): Candidate => ({
    student,
    settings,
    less: { ...nets, ...("dropout" in settings ? {} : { dropout: 0 }) },
  });
  return [
    { student: ridge as Student, settings: {}, less: {} },
    ...(wide
      ? []
      : [
          { student: forest as Student, settings: {}, less: { trees: 10, leaf: 4 } },
          { student: boosted as Student, settings: { depth: 5 }, less: { rounds: tall > 5_000 ? 40 : 80 } },
        ]),
    net(mlp as Student, { hidden: [64, 64] }),
    net(mlp as Student, { hidden: [64, 64], dropout: 0.1 }),
    net(ridgeMlp as Student, { hidden: [64, 64] }),
    ...(imagesOf(inputs).length === 0
      ? []
      : [conv as Student, keypoints as Student].map(
          (student): Candidate => ({ student, settings: {}, less: { steps: Math.ceil(steps / 4) } }),
        )),
    ...(WINDOW * train.x.width > MAX_COLUMNS ? [] : [net(history as Student, { hidden: [64, 64], window: WINDOW })]),
    { student: gru as Student, settings: { state: 24 }, less: { steps: Math.ceil(steps / 4) } },
  ];
}

/**
 * The student that is the best of several. Errors: L0951 data that cannot be fitted on; those of training.
 *
 * @example
 * const { details } = await auto.fit(data, { trial_steps: 10, worker: false, seed: 7, now: () => 0 });
 * details.student // "ridge"
 */
export const auto: Student<AutoOptions> = { name: "auto", fit };

async function fit(data: TrainingData, options: StudentOptions & Partial<AutoOptions>): Promise<Fitted> {
  checkTrainingData(data);
  const { trial_steps = 800, steps, worker = true, seed, signal } = options;
  const list = candidates(data, trial_steps);
  const tried: { candidate: Candidate; error: number; remembers: boolean }[] = [];
  const half = (fraction: number) => options.onProgress?.({ student: "auto", fraction });
  for (const [i, candidate] of list.entries()) {
    const { student, settings, less } = candidate;
    if (signal?.aborted && tried.length > 0) break;
    const own: StudentOptions = {
      ...quiet(options),
      seed: seedOf(seed, `auto/${i}`),
      ...settings,
      ...less,
      ...{ worker },
    };
    const { model } = await student.fit(data, own);
    const said = await predict(model, data.validation.x, data.validation.stretches);
    const error = scaledError(said, data.validation.y, data.train.y);
    tried.push({ candidate, error, remembers: remembers(model) });
    half((0.5 * (i + 1)) / list.length);
  }
  // from the plainest to the most able
  const best = tried.reduce((a, b) => {
    const worth = b.remembers && !a.remembers ? WORTH.remembers : WORTH.plain;
    return b.error < (1 - worth) * a.error && a.error > PERFECT ? b : a;
  });
  const { student, settings } = best.candidate;
  const fitted = await student.fit(data, {
    ...options,
    ...settings,
    ...{ worker, ...(steps === undefined ? {} : { steps }) },
    onProgress: (p) => options.onProgress?.({ ...p, student: "auto", fraction: 0.5 + p.fraction / 2 }),
  });
  half(1);
  const trials = tried.map(({ candidate, error }) => ({
    student: candidate.student.name,
    ...candidate.settings,
    validation_error: error,
  }));
  return { ...fitted, name: "auto", details: { student: student.name, trials, ...fitted.details } };
}

const quiet = ({ onProgress: _, ...rest }: StudentOptions): StudentOptions => rest;
