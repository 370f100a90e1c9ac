/** From what was measured to what the report shows. */
import type { ReportData, TableRow, TrainingHistory } from "../distill/report/data.js";
import { headsOf } from "../distill/students/heads.js";
import type { Fitted, PortBlock } from "../distill/students/student.js";
import { traceFigures } from "../distill/traces.js";
import type { TypedGraph } from "../graph/typed.js";
import { type Card, columnName } from "../models/card.js";
import type { Evaluated } from "../runtime/evaluate.js";
import type { Measured } from "./arena.js";
import type { ClosedLoop, Comparison, FineTuning } from "./results.js";
import type { TeacherRows, TestRows } from "./rows.js";

type LoopTable = NonNullable<TableRow["closed_loop"]>;
type Student = Measured & { readonly fitted: Fitted };

export interface ReportSubject {
  readonly card: Card;
  readonly typed: TypedGraph;
  readonly rows: TeacherRows;
  readonly test: TestRows;
  readonly driver: { readonly name: string; readonly closed_loop: ClosedLoop; readonly loop: Evaluated } | undefined;
  readonly winner: Student;
  readonly contenders: readonly Student[];
  readonly baselines: readonly Student[];
  readonly metrics: Comparison["metrics"];
  readonly finetuned?: FineTuning;
}

export function reportOf(subject: ReportSubject): ReportData {
  const { card, typed, rows, test, driver, winner, contenders, baselines, metrics, finetuned } = subject;
  const row =
    (role: TableRow["role"]) =>
    ({ score }: Student): TableRow => ({ role, ...(score as Omit<TableRow, "role">) });
  const teacher: TableRow[] =
    driver === undefined ? [] : [{ name: driver.name, role: "teacher", closed_loop: driver.closed_loop as LoopTable }];
  const loops = driver && winner.loop && { teacher: driver.loop, student: winner.loop };
  const spec = typed.graph.evaluate;
  const { doc } = typed.graph;
  return {
    card,
    ...(doc === undefined ? {} : { doc }),
    table: [...teacher, ...contenders.map(row("student")), ...baselines.map(row("baseline"))],
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, { unit }]) => [name, unit === undefined ? {} : { unit }]),
    ),
    training: contenders.flatMap(({ fitted }) => historyOf(fitted, lossOf(rows.training.outputs))),
    ...(finetuned === undefined ? {} : { finetuned }),
    outputs: outputsOf(rows, test, winner),
    traces: loops && spec ? traceFigures(typed, spec, loops) : [],
    split: rows.split,
  };
}

/** The first net's history stands for an ensemble. */
function historyOf({ name, history, details }: Fitted, loss: string): TrainingHistory[] {
  const first = history.filter((record) => record.member === 1);
  if (first.length === 0) return [];
  const best = first.reduce((a, b) => (b.validation_loss < a.validation_loss ? b : a)).epoch;
  const tuned = details.finetune !== undefined;
  const several = !tuned && typeof details.ensemble === "number" && details.ensemble > 1;
  return [
    {
      student: several ? `${name} (net 1 of ${details.ensemble})` : name,
      loss: tuned ? "cost of the closed loop" : loss,
      train: first.map((r) => r.train_loss),
      validation: first.map((r) => r.validation_loss),
      best,
    },
  ];
}

/** What a net learns its outputs by. */
function lossOf(outputs: readonly PortBlock[]): string {
  const choices = headsOf(outputs).map(({ kind }) => kind === "choice");
  const errors = [
    ...(choices.includes(false) ? ["mean squared error, normalised"] : []),
    ...(choices.includes(true) ? ["cross-entropy of choices"] : []),
  ];
  return errors.join(", and ");
}

function outputsOf({ columns }: TeacherRows, { y, time_s }: TestRows, { predicted, score }: Student) {
  return columns.outputs.map((described, column) => {
    const { unit } = described;
    const pick = ({ width, data }: { width: number; data: Float32Array }) =>
      time_s.map((_, r) => data[r * width + column]!);
    return {
      column: columnName(described),
      ...(unit === undefined ? {} : { unit }),
      time_s,
      actual: pick(y),
      predicted: pick(predicted),
      nmse: score.test.nmse[column]!,
    };
  });
}
