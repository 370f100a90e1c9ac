/** Several nets of one kind that differ by their seed, trained side by side: what every student of nets has in common. */
import { seedOf } from "../../component/rng.js";
import type { TrainProgress } from "../../train/train.js";
import { type Course, type Net, type Normal, netsModel, trainNet } from "./net.js";
import type { Fitted, StudentOptions, TrainingData } from "./student.js";

export interface CourseOptions {
  /** Number of nets that are averaged. */
  readonly ensemble: number;
  /** Mini-batch rows (default: 32 to 256 by the number of rows). */
  readonly batch: number;
  /** Gradient steps of one net. */
  readonly steps: number;
  readonly epochs: number;
  readonly rate: number;
  readonly weight_decay: number;
  readonly clip_norm: number;
  /** Epochs without progress after which a net's training ends (default: a quarter of all, at least 10). */
  readonly patience: number;
  /** Default `mse`. */
  readonly loss: "mse" | "huber";
  /** Decay of the moving average of the weights (default: none). */
  readonly average: number;
  /** Train in worker threads (default true); false trains in this thread. */
  readonly worker: boolean;
  /** Nets trained at once (default 2). */
  readonly parallel: number;
}

/** What a student has of its own; the rest are defaults of all. */
export type OwnCourse = Pick<CourseOptions, "steps" | "rate"> & Partial<CourseOptions>;

/** Mini-batches of 32 to 256 rows, some 128 of them in an epoch. */
const batchFor = (rows: number): number => Math.min(256, Math.max(32, 2 ** Math.floor(Math.log2(rows / 128))));

/** The course for so many rows, from what was asked for and, for the rest, the student's own. */
export function courseOf(
  { train }: Pick<TrainingData, "train">,
  options: Partial<CourseOptions>,
  own: OwnCourse,
): Course {
  const asked = { ...own, ...options };
  const batch = Math.min(train.x.rows, asked.batch ?? batchFor(train.x.rows));
  const perEpoch = Math.max(1, Math.floor(train.x.rows / batch));
  const epochs = asked.epochs ?? Math.max(1, Math.round(asked.steps / perEpoch));
  return {
    epochs,
    batch,
    patience: asked.patience ?? Math.max(10, Math.ceil(epochs / 4)),
    rate: asked.rate,
    weight_decay: asked.weight_decay ?? 1e-2,
    clip_norm: asked.clip_norm ?? 1,
    loss: asked.loss ?? "mse",
    ...(asked.average === undefined ? {} : { average: asked.average }),
    worker: asked.worker ?? true,
  };
}

/** Steps of one net. */
export const stepsOf = ({ train }: Pick<TrainingData, "train">, { epochs, batch }: Course): number =>
  epochs * Math.max(1, Math.floor(train.x.rows / batch));

/**
 * Trains the nets and averages them inside one model. `start` is how far the student is by then, of all it does.
 *
 * Errors: L0951, L0952.
 */
export async function fitNets(
  net: Net,
  course: Course,
  data: TrainingData,
  normal: Normal,
  options: StudentOptions & Partial<Pick<CourseOptions, "ensemble" | "parallel">>,
  { ensemble, start = 0 }: { readonly ensemble: number; readonly start?: number },
): Promise<Fitted> {
  const report = reporter(net.name, options, ensemble, start);
  const tasks = Array.from({ length: ensemble }, (_, i) => () => {
    const own = { ...options, seed: seedOf(options.seed, `${net.name}/${i}`) };
    return trainNet(net, course, data, normal, own, (progress) => report(i, progress));
  });
  const nets = await inParallel(tasks, options.parallel ?? 2);
  return {
    name: net.name,
    model: netsModel(net, data, normal, nets),
    history: nets.flatMap((n, i) => n.history.map((record) => ({ member: i + 1, ...record }))),
    details: {
      ensemble,
      batch: course.batch,
      epochs: course.epochs,
      weight_decay: course.weight_decay,
      best_epochs: nets.map((n) => n.best_epoch),
      validation_losses: nets.map((n) => n.best_loss),
      ended: nets.map((n) => n.ended),
    },
    ...(nets.some((n) => n.ended === "interrupted") && { interrupted: true }),
  };
}

/** Runs the tasks, at most `parallel` at a time; results in the order of the tasks. */
export async function inParallel<T>(tasks: readonly (() => Promise<T>)[], parallel: number): Promise<T[]> {
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
function reporter(student: string, { onProgress }: StudentOptions, ensemble: number, start: number) {
  const members = Array.from({ length: ensemble }, () => ({ fraction: 0, steps_per_s: 0 }));
  return (member: number, progress: TrainProgress): void => {
    members[member] = progress;
    const sum = (of: (m: { fraction: number; steps_per_s: number }) => number) =>
      members.reduce((n, m) => n + of(m), 0);
    onProgress?.({
      ...progress,
      student,
      fraction: start + ((1 - start) * sum((m) => m.fraction)) / ensemble,
      steps_per_s: sum((m) => m.steps_per_s),
    });
  };
}
