/** What a report shows, as plain JSON. Rows of numbers come whole; the report thins them for the eye. */
import type { Card } from "../../models/card.js";
import type { FineTuned } from "../finetune.js";

export type Metrics = Card["metrics"];

export interface ReportData {
  /** Card of the stored model. */
  readonly card: Card;
  /** Of what was distilled, in the graph's own words. */
  readonly doc?: string;
  /** Every row of the comparison, in the order of the table. */
  readonly table: readonly TableRow[];
  /** Closed-loop metrics: lower is better in all of them. */
  readonly metrics: { readonly [metric: string]: { readonly unit?: string } };
  readonly training: readonly TrainingHistory[];
  /** Where a student was fine-tuned: what the loop cost on starts that were kept apart, and whether it was kept. */
  readonly finetuned?: FineTuned["facts"] & { readonly kept: boolean };
  /** The stored student on the test split, one entry an output column. */
  readonly outputs: readonly OutputRows[];
  /** Empty when nothing was run in closed loop. */
  readonly traces: readonly Trace[];
  readonly split: SplitFigure;
}

export interface TableRow {
  readonly name: string;
  readonly role: "teacher" | "student" | "baseline";
  /** Absent for the teacher: it is the truth that open-loop scores compare with. */
  readonly test?: Metrics["test"];
  readonly closed_loop?: Metrics["closed_loop"];
}

/** Losses of an iterative student, by epoch from 1; closed-form students have none. */
export interface TrainingHistory {
  readonly student: string;
  /** What the losses are, e.g. "mean squared error, normalised". */
  readonly loss: string;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /** Epoch whose weights were kept, from 1. */
  readonly best: number;
}

/** Test rows of one output column, in the order of time; arrays of one length, original units. */
export interface OutputRows {
  readonly column: string;
  readonly unit?: string;
  readonly time_s: readonly number[];
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
  readonly nmse: number;
}

/** One column of one port in one closed-loop episode, under the teacher and under the student. */
export interface Trace {
  readonly start: string;
  readonly port: string;
  readonly unit?: string;
  readonly series: readonly {
    readonly of: "teacher" | "student" | "reference";
    readonly time_s: readonly number[];
    readonly value: readonly number[];
  }[];
}

/** Which stretch of the data went into which set. */
export interface SplitFigure {
  /** `row` for a split by time, `episode` for one by episodes. */
  readonly axis: "row" | "episode";
  readonly parts: readonly {
    readonly set: "train" | "validation" | "test";
    readonly from: number;
    readonly to: number;
  }[];
}
