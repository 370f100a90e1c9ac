/** Fits students to rows, one after the other, and what they all have to beat: the mean and ridge. */

import type { TransformOptions } from "../dataset/options.js";
import { students as known } from "../distill/students/index.js";
import { mean } from "../distill/students/mean.js";
import { fitStudent } from "../distill/students/outputs.js";
import { ridge } from "../distill/students/ridge.js";
import type { Fitted, Student, StudentProgress, TrainingData } from "../distill/students/student.js";
import type { TeacherPort } from "../distill/teacher.js";
import type { Progress } from "../distill/workbench.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import type { Checkpoints } from "../train/checkpoint.js";

/** What `distill` fits unless it is told otherwise. */
const DEFAULT_STUDENTS = ["ridge", "mlp"];

export interface StudentWords {
  /** Default: ridge and mlp. */
  readonly students?: readonly string[];
  /** In place of these, for the part that a node is in. */
  readonly studentsOf?: { readonly [node: string]: readonly string[] };
}

/**
 * The names of the students of each part.
 *
 * @param parts the nodes of each; a relation between ports has none
 * @throws LimbeckError L0910 a node of none of them, L0911 two things said of one part
 * @example
 * namesOfStudents([["ik"], ["pd", "clip"]], { students: ["ridge"], studentsOf: { pd: ["gru"] } }) // [["ridge"], ["gru"]]
 */
export function namesOfStudents(
  parts: readonly (readonly string[])[],
  { students, studentsOf = {} }: StudentWords,
): (readonly string[] | undefined)[] {
  const known = parts.flat();
  for (const node of Object.keys(studentsOf))
    if (!known.includes(node)) fail("L0910", { node, known, nearest: nearest(node, known) });
  return parts.map((nodes) => {
    const [first, ...others] = nodes.filter((node) => Object.hasOwn(studentsOf, node));
    if (first === undefined) return students;
    const names = studentsOf[first]!;
    const other = others.find((node) => studentsOf[node]!.join() !== names.join());
    return other === undefined ? names : fail("L0911", { nodes: [first, other] });
  });
}

/**
 * The students of these names, each once, of which each can learn from such inputs, as the transforms leave them.
 *
 * @throws LimbeckError L0904 no such student, L0909 one that wants other inputs
 */
export function pickStudents(
  names: readonly string[] = DEFAULT_STUDENTS,
  inputs: readonly Pick<TeacherPort, "port" | "type">[],
  transforms?: TransformOptions,
): Student[] {
  const made = ({ port }: Pick<TeacherPort, "port">) =>
    transforms?.steps.some((step) => step.port === undefined || step.port === port) ?? false;
  const seen = inputs.map((input) => (made(input) ? { port: input.port } : input));
  return [...new Set(names)].map((name) => {
    const student = known.find((s) => s.name === name);
    const all = known.map((s) => s.name);
    if (student === undefined) return fail("L0904", { student: name, known: all, nearest: nearest(name, all) });
    student.check?.(seen);
    return student;
  });
}

export interface FitOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onProgress: (progress: Progress) => void;
  readonly checkpoints: Checkpoints;
}

/** @returns undefined when it was interrupted */
export async function fitAll(
  students: readonly Student[],
  data: TrainingData,
  { seed, signal, now, onProgress, checkpoints }: FitOptions,
): Promise<{ readonly students: readonly Fitted[]; readonly baselines: readonly Fitted[] } | undefined> {
  const train = async (student: Student) => {
    const report = (progress: StudentProgress) =>
      onProgress({ phase: `training ${student.name}`, done: progress.fraction, total: 1, detail: detail(progress) });
    return fitStudent(student, data, { seed, signal, now, checkpoints, onProgress: report });
  };
  const fitted: Fitted[] = [];
  for (const student of students) {
    const result = await train(student);
    if (result.interrupted === true || signal.aborted) return undefined;
    fitted.push(result);
  }
  const baselines: Fitted[] = [];
  for (const student of yardsticks(fitted.map(({ name }) => name))) baselines.push(await train(student));
  return { students: fitted, baselines };
}

/** What every student has to beat, as far as it is not a student itself. */
export const yardsticks = (students: readonly string[]): Student[] =>
  [ridge as Student, mean].filter(({ name }) => !students.includes(name));

const detail = ({ epoch, train_loss, validation_loss, steps_per_s }: StudentProgress): string =>
  [
    epoch === undefined ? "" : `epoch ${epoch}`,
    train_loss === undefined ? "" : `loss ${train_loss.toPrecision(3)}`,
    validation_loss === undefined ? "" : `validation loss ${validation_loss.toPrecision(3)}`,
    steps_per_s === undefined ? "" : `${Math.round(steps_per_s).toLocaleString("en")} steps/s`,
  ]
    .filter((text) => text !== "")
    .join(", ");
