/** Fine-tuning the best student in the loop, and whether that was worth it. */
import { checkTuning, fineTune, type Tuning } from "../distill/finetune.js";
import { standIn } from "../distill/stand-in.js";
import type { Fitted } from "../distill/students/student.js";
import type { Teacher } from "../distill/teacher.js";
import type { Progress } from "../distill/workbench.js";
import type { Evaluate } from "../graph/ir.js";
import type { Transforms } from "../message/transforms/transforms.js";
import { fail } from "../problem/problem.js";
import type { Checkpoints } from "../train/checkpoint.js";
import type { Measured } from "./arena.js";
import { checked, type Loaded } from "./load.js";
import { storedModel } from "./lower.js";
import type { FineTuning } from "./results.js";

export interface TuningOptions {
  readonly tuning: Tuning;
  readonly home: string;
  readonly seed: number;
  readonly transforms?: Transforms | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onProgress: (progress: Progress) => void;
  readonly stopped: (phase: string) => never;
  readonly checkpoints: Checkpoints;
}

/**
 * The student, fine-tuned; what the loop cost before and after, on starts that were kept apart, is among its details.
 *
 * @throws LimbeckError L0940, L0957, L0873, L0860 to L0868
 */
export async function fineTuned(
  loaded: Loaded,
  teacher: Teacher,
  fitted: Fitted,
  { tuning, home, seed, transforms, signal, now, onProgress, stopped, checkpoints }: TuningOptions,
): Promise<{ readonly fitted: Fitted; readonly facts: FineTuning }> {
  const spec = loopOf(loaded, teacher.nodes);
  const phase = `fine-tuning ${fitted.name}`;
  const { models, history, facts, interrupted } = await fineTune({
    ...tuning,
    vary: loaded.vary,
    spec,
    students: [{ teacher, component: standIn(teacher, STUDENT, transforms), model: fitted.model }],
    stored: storedModel(home),
    seed,
    signal,
    now,
    checkpoints,
    onProgress: ({ fraction, epoch }) => onProgress({ phase, done: fraction, total: 1, detail: `epoch ${epoch}` }),
  });
  if (interrupted) return stopped(phase);
  const tuned = {
    ...fitted,
    name: `${fitted.name} (fine-tuned)`,
    model: models[0]!,
    history: history.map((record) => ({ ...record, member: 1, validation_loss: record.validation_loss! })),
    details: { ...fitted.details, finetune: { ...facts } },
  };
  return { fitted: tuned, facts };
}

const STUDENT = "#fine-tuned";

/** The loop that is tuned in. @throws LimbeckError L0940 */
export function loopOf(loaded: Loaded, nodes: readonly string[] | undefined): Evaluate {
  const { evaluate } = checked(loaded).graph;
  return evaluate === undefined || nodes === undefined
    ? fail("L0940", { reason: "there is no closed loop: the graph has no `evaluate:`, or a relation is distilled" })
    : evaluate;
}

/** @throws LimbeckError for students of these nodes that could not be tuned */
export const checkTunable = (
  loaded: Loaded,
  nodes: readonly string[] | undefined,
  { finetune, home }: { readonly finetune?: Tuning; readonly home: string },
): void => {
  if (finetune === undefined) return;
  const spec = loopOf(loaded, nodes);
  checkTuning(finetune, { vary: loaded.vary, spec, nodes: nodes ?? [], stored: storedModel(home) });
};

/** Whether the loop likes the first better: the mean of its metrics over all starts that it was tuned on. */
export function drivesBetter(a: Pick<Measured, "score">, b: Pick<Measured, "score">): boolean {
  const cost = ({ score }: Pick<Measured, "score">) =>
    Object.values(score.closed_loop ?? {}).reduce(
      (sum, starts) => sum + (starts.training ?? Object.values(starts)[0])!.mean,
      0,
    );
  return cost(a) < cost(b);
}
