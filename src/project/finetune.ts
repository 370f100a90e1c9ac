/** Fine-tuning students in the loop, and whether that was worth it. */
import { checkTuning, type FineTuned, fineTune, isTunable, type Substitute, type Tuning } from "../distill/finetune.js";
import { standIn } from "../distill/stand-in.js";
import type { Fitted, Student, TrainingData } from "../distill/students/student.js";
import type { Teacher } from "../distill/teacher.js";
import type { Progress } from "../distill/workbench.js";
import type { Evaluate } from "../graph/ir.js";
import type { Transforms } from "../message/transforms/transforms.js";
import { encode } from "../onnx/codec/index.js";
import type { Model } from "../onnx/ir.js";
import { fail } from "../problem/problem.js";
import { episodesOf } from "../runtime/evaluate.js";
import type { Checkpoints } from "../train/checkpoint.js";
import { summaries } from "./arena.js";
import { drive } from "./drive.js";
import { checked, type Loaded } from "./load.js";
import { storedModel } from "./lower.js";
import { type ClosedLoop, drivesBetter, type FineTuning } from "./results.js";
import { bestOf } from "./score.js";
import { servicesOf } from "./services.js";

export interface TuningOptions {
  readonly tuning: Tuning;
  readonly home: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onProgress: (progress: Progress) => void;
  readonly stopped: (phase: string) => never;
  readonly checkpoints: Checkpoints;
}

type Tuned = Pick<FineTuned, "models" | "history" | "facts">;

/** @throws LimbeckError as `fineTune` */
async function tuned(
  loaded: Loaded,
  students: readonly Substitute[],
  what: string,
  options: TuningOptions,
): Promise<Tuned> {
  const { tuning, home, seed, signal, now, onProgress, stopped, checkpoints } = options;
  const phase = `fine-tuning ${what}`;
  const { interrupted, ...made } = await fineTune({
    ...tuning,
    vary: loaded.vary,
    spec: loopOf(loaded, []),
    students,
    stored: storedModel(home),
    services: servicesOf(loaded.file, home),
    seed,
    signal,
    now,
    checkpoints,
    onStart: (done, total) => onProgress({ phase: "runs to fine-tune by", done, total }),
    onProgress: ({ fraction, epoch }) => onProgress({ phase, done: fraction, total: 1, detail: `epoch ${epoch}` }),
  });
  return interrupted ? stopped(phase) : made;
}

/**
 * The student, fine-tuned; what the loop cost before and after, on starts that were kept apart, is among its details.
 *
 * @throws LimbeckError as `fineTune`
 */
export async function fineTuned(
  loaded: Loaded,
  teacher: Teacher,
  fitted: Fitted,
  { transforms, ...options }: TuningOptions & { readonly transforms?: Transforms | undefined },
): Promise<{ readonly fitted: Fitted; readonly facts: FineTuned["facts"] }> {
  const student = { teacher, component: standIn(teacher, STUDENT, transforms), model: fitted.model };
  const { models, history, facts } = await tuned(loaded, [student], fitted.name, options);
  return {
    fitted: {
      ...fitted,
      name: `${fitted.name} (fine-tuned)`,
      model: models[0]!,
      history: history.map((record) => ({ ...record, member: 1, validation_loss: record.validation_loss! })),
      details: { ...fitted.details, finetune: { ...facts } },
    },
    facts,
  };
}

/**
 * All students, tuned in their places, and what the graph says of it, from all of its starts; those that it likes less stay
 * as they were.
 *
 * @throws LimbeckError as `fineTune`
 */
export async function fineTunedTogether(
  loaded: Loaded,
  students: readonly Substitute[],
  options: TuningOptions,
): Promise<{ readonly models: readonly Model[]; readonly facts: FineTuning }> {
  const { home, seed, signal, onProgress, stopped } = options;
  const { models, facts } = await tuned(loaded, students, "all students", options);
  const spec = loopOf(loaded, []);
  const total = 2 * episodesOf(spec);
  const drivenBy = async (which: readonly Model[], done: number): Promise<ClosedLoop> => {
    const own = new Map(students.map(({ component }, i) => [component.model, which[i]!]));
    const loop = await drive(loaded, {
      home,
      spec,
      seed,
      signal,
      bytes: (reference) => encode(own.get(reference) ?? storedModel(home)(reference)),
      standIns: students,
      onEpisode: (k) => onProgress({ phase: "closed loop", done: done + k, total }),
    });
    return loop.interrupted ? stopped("measuring in closed loop") : summaries(loop);
  };
  const before = await drivenBy(
    students.map(({ model }) => model),
    0,
  );
  const after = await drivenBy(models, total / 2);
  const kept = drivesBetter(after, before);
  return {
    models: kept ? models : students.map(({ model }) => model),
    facts: { ...facts, closed_loop: { before, after }, kept },
  };
}

const STUDENT = "#fine-tuned";

/** The loop that is tuned in. @throws LimbeckError L0940 */
export function loopOf(loaded: Loaded, nodes: readonly string[] | undefined): Evaluate {
  const { evaluate } = checked(loaded).graph;
  return evaluate === undefined || nodes === undefined
    ? fail("L0940", { reason: "there is no closed loop: the graph has no `evaluate:`, or a relation is distilled" })
    : evaluate;
}

/**
 * That students of these kinds could be tuned in the places of these teachers.
 *
 * @throws LimbeckError L0940 where no gradient moves any of them; as `fineTune`
 */
export async function checkTunable(
  loaded: Loaded,
  teachers: readonly Teacher[],
  students: readonly Student[],
  { finetune, home, seed, signal }: Pick<TuningOptions, "home" | "seed" | "signal"> & { readonly finetune?: Tuning },
): Promise<void> {
  if (finetune === undefined) return;
  const spec = loopOf(loaded, teachers.some(({ nodes }) => nodes === undefined) ? undefined : []);
  if (students.every(({ tunable }) => tunable === false))
    fail("L0940", {
      reason: `no gradient moves ${students.map(({ name }) => `\`${name}\``).join(" or ")}`,
      help: "Let a student with weights learn beside it: `--students forest,mlp`.",
    });
  const services = servicesOf(loaded.file, home);
  await checkTuning(finetune, { vary: loaded.vary, spec, teachers, stored: storedModel(home), services, seed, signal });
}

/** The best on the validation rows of those that a gradient moves. */
export async function bestTunable<M extends { readonly fitted: Fitted }>(
  all: readonly M[],
  training: TrainingData,
): Promise<M | undefined> {
  const tunable = all.filter(({ fitted }) => isTunable(fitted.model));
  if (tunable.length === 0) return undefined;
  return tunable[
    await bestOf(
      tunable.map(({ fitted }) => fitted),
      training,
    )
  ];
}
