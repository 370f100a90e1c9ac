/** The model card of a distilled student. */

import { remembers } from "../distill/students/policy.js";
import type { Fitted } from "../distill/students/student.js";
import type { Teacher, TeacherPort } from "../distill/teacher.js";
import type { CardFacts } from "../models/card.js";
import { OPSET } from "../onnx/ir.js";
import type { Score } from "./results.js";
import type { TeacherRows } from "./rows.js";

export interface CardSubject {
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly graph: string;
  readonly graphDigest: string;
  readonly teacher: Teacher;
  readonly rows: TeacherRows;
  readonly seed: number;
  readonly student: Fitted;
  readonly score: Score;
  readonly baselines: readonly Score[];
}

export function cardOf({ teacher, rows, student, score, baselines, ...facts }: CardSubject): CardFacts {
  const types = (ports: readonly TeacherPort[]) =>
    Object.fromEntries(ports.map(({ port, type, kind }) => [port, { type, kind }]));
  const refs = (ports: readonly TeacherPort[]) => Object.fromEntries(ports.map(({ port, ref }) => [port, ref]));
  const metrics = ({ test, closed_loop }: Score) => ({ test, ...(closed_loop === undefined ? {} : { closed_loop }) });
  return {
    opset: OPSET,
    created_at: facts.createdAt,
    command: [...facts.command],
    teacher: {
      graph: facts.graph,
      graph_digest: facts.graphDigest,
      ...(teacher.nodes === undefined ? {} : { nodes: [...teacher.nodes] }),
      ...(teacher.residual === undefined ? {} : { residual: teacher.residual }),
      inputs: refs(teacher.inputs),
      outputs: refs(teacher.outputs),
    },
    student: { kind: student.name, settings: student.details },
    trigger: teacher.on as CardFacts["trigger"],
    inputs: types(teacher.inputs),
    outputs: types(teacher.outputs),
    ...(remembers(student.model) ? { remembers: true as const } : {}),
    ...(rows.transforms === undefined ? {} : { transforms: rows.transforms }),
    columns: rows.columns,
    dataset: { digest: rows.digest, split: { by: rows.by }, rows: rows.counts },
    seed: facts.seed,
    metrics: metrics(score) as CardFacts["metrics"],
    baselines: baselines.map((b) => ({ name: b.name, ...metrics(b) })) as CardFacts["baselines"],
    parents: [],
  };
}
