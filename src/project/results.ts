/** What distilling and comparing give back, as plain JSON: `--json` prints it as it is. */

import type { FineTuned } from "../distill/finetune.js";
import type { OpenLoop } from "../distill/score.js";
import type { Metric } from "../graph/ir.js";
import type { Problem } from "../problem/problem.js";

export type { OpenLoop };

export interface MeanSd {
  readonly mean: number;
  /** Standard deviation over episodes. */
  readonly sd: number;
}

/** By metric, then by set of starts. */
export interface ClosedLoop {
  readonly [metric: string]: { readonly [start: string]: MeanSd };
}

export interface Score {
  readonly name: string;
  readonly test: OpenLoop;
  readonly closed_loop?: ClosedLoop;
  /** It was tuned to drive well and not to say what its teacher says, so that its errors do not judge it. */
  readonly tuned?: true;
}

export interface NotBeaten {
  readonly student: string;
  readonly baseline: string;
}

/** Of a student, the one that learned from as many rows with its teacher driving, beside those of DAgger. */
export const clonedName = (student: string): string => `${student} (cloned)`;

/**
 * Pairs of a student and of what it does not beat: a baseline, its own clone, or ridge where that is a student itself.
 *
 * By the error on the test rows; what was tuned, by how it drives.
 */
export function notBeaten(students: readonly Score[], baselines: readonly Score[]): NotBeaten[] {
  const ridges = students.filter(({ name }) => name === "ridge");
  const clones = new Set(students.map(({ name }) => clonedName(name)));
  const beats = (student: Score, other: Score): boolean =>
    student.tuned
      ? other.closed_loop === undefined || drivesBetter(student.closed_loop, other.closed_loop)
      : student.test.nmse_mean < other.test.nmse_mean;
  return students.flatMap((student) =>
    [...ridges, ...baselines]
      .filter(({ name }) => name !== student.name && (!clones.has(name) || name === clonedName(student.name)))
      .filter((other) => !beats(student, other))
      .map((other) => ({ student: student.name, baseline: other.name })),
  );
}

/** Whether a loop costs less: the mean of its metrics over all starts that it was tuned on. */
export function drivesBetter(a: ClosedLoop | undefined, b: ClosedLoop | undefined): boolean {
  const cost = (loop: ClosedLoop = {}) =>
    Object.values(loop).reduce((sum, starts) => sum + (starts.training ?? Object.values(starts)[0])!.mean, 0);
  return cost(a) < cost(b);
}

export interface Comparison {
  readonly graph: string;
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
  /** What the closed-loop metrics are: lower is better in all of them. */
  readonly metrics: { readonly [metric: string]: { readonly of: Metric; readonly unit?: string } };
  /** The teacher has no open-loop score: it is the truth there. */
  readonly teacher?: { readonly name: string; readonly closed_loop?: ClosedLoop };
  readonly students: readonly Score[];
  /** What a student has to beat: ridge and the mean of the training rows. */
  readonly baselines: readonly Score[];
  /** Every student that is no better than what it has to beat, on the test rows. */
  readonly does_not_beat: readonly NotBeaten[];
}

export interface CompareResult extends Comparison {
  /** The best of the models, by its error on the test rows. */
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  readonly report?: string;
}

/** A round of DAgger. */
export interface DaggerRound {
  readonly round: number;
  /** Of the firings that the student drove, 0 to 1. */
  readonly share: number;
  readonly episodes: number;
  /** The kind that drove; the teacher drove without it. */
  readonly student?: string;
}

/** What fine-tuning was told, what the lowered loop cost on starts that were kept apart, and what runs of the graph say. */
export type FineTuning = FineTuned["facts"] & {
  /** By the graph's metrics, from all of its starts, with noise and links as they are. */
  readonly closed_loop: { readonly before: ClosedLoop; readonly after: ClosedLoop };
  /** Whether the graph is driven better after it: else what was there before is kept. */
  readonly kept: boolean;
};

export interface DistillResult extends Comparison {
  /** With DAgger. */
  readonly rounds?: readonly DaggerRound[];
  /** With fine-tuning. */
  readonly finetuned?: FineTuning & { readonly student: string };
  /** With DAgger: rows of the cloned students, from as many episodes with the teacher driving. */
  readonly cloning?: Comparison["rows"];
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  /** Name of the student that was stored: the best on the validation rows. */
  readonly winner: string;
  readonly report: string;
  /** The recording, or the folder of its episodes. */
  readonly recording: string;
  readonly dataset: string;
  /** The ONNX file. */
  readonly onnx: string;
  /** The generated drop-in. */
  readonly component: string;
  readonly warnings: readonly Problem[];
}
