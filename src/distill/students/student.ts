/** What a student is: rows of a teacher's inputs and outputs in, a model that stands in for the teacher out. */
import type { Column } from "../../message/flatten.js";
import type { Json, MessageSchema } from "../../message/type.js";
import type { Model } from "../../onnx/ir.js";
import type { Checkpoints } from "../../train/checkpoint.js";
import type { Matrix } from "../../train/matrix.js";

/** The columns of one port, which stand side by side in the matrix, ports in order. */
export interface PortBlock {
  /** `joints`, `controller.torque`, `controller#rail.torque`. */
  readonly port: string;
  readonly columns: readonly Column[];
  /** Of the port's messages, where the columns are theirs: choices, ranges and images are then learned as what they are. */
  readonly type?: MessageSchema;
  /** What an output's columns never leave, beside what their type says; one pair a column. */
  readonly range?: readonly (readonly [low: number, high: number])[];
}

/** Rows that follow on each other in one episode, from (included) to (excluded). */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** The inputs before it in the same episode: what a student with memory has seen by then. */
  readonly lead?: Matrix;
}

export interface Part {
  readonly x: Matrix;
  readonly y: Matrix;
  /** Default: all rows are one. */
  readonly stretches?: readonly Stretch[];
}

/** In raw units. The test split is never here. */
export interface TrainingData {
  readonly inputs: readonly PortBlock[];
  readonly outputs: readonly PortBlock[];
  readonly train: Part;
  readonly validation: Part;
  /**
   * The input port whose value an output port starts from: students learn what is missing, and the model adds both.
   */
  readonly base?: { readonly [output: string]: string };
}

export interface StudentProgress {
  readonly student: string;
  /** 0 to 1. */
  readonly fraction: number;
  readonly epoch?: number;
  readonly train_loss?: number;
  readonly validation_loss?: number;
  readonly steps_per_s?: number;
}

export interface StudentOptions {
  readonly seed: number;
  /** Stops the fit; what is best so far is given back, marked `interrupted`. */
  readonly signal?: AbortSignal;
  onProgress?(progress: StudentProgress): void;
  /** Milliseconds, for rates only. */
  now(): number;
  /** Where the trainings of the fit go on from, and leave what they have; to be handed to each of them. */
  readonly checkpoints?: Checkpoints;
}

export interface HistoryRecord {
  /** Which net of an ensemble, from 1. */
  readonly member: number;
  readonly epoch: number;
  readonly step: number;
  readonly train_loss: number;
  readonly validation_loss: number;
  readonly rate: number;
}

export interface Fitted {
  readonly name: string;
  /**
   * Inputs `obs.<port>`, outputs `act.<port>`, float32 [N, width], raw units. One with memory also has `state_in.*`,
   * `reset` (bool [N]: begin anew) and `state_out.*`.
   */
  readonly model: Model;
  /** Empty for students that are fitted at one stroke. */
  readonly history: readonly HistoryRecord[];
  /** What was chosen: sizes, λ, best epochs. */
  readonly details: { readonly [key: string]: Json };
  readonly interrupted?: boolean;
}

/** `O` is what this student can be told beside the common options, each with a default. */
export interface Student<O = unknown> {
  readonly name: string;
  /** False where no gradient moves what it makes. */
  readonly tunable?: boolean;
  /** Whether it can learn from such inputs at all, before any row is there. Errors: the student's own. */
  check?(inputs: readonly Pick<PortBlock, "port" | "type">[]): void;
  /** Errors: L0951 data that cannot be fitted on; those of training. */
  fit(data: TrainingData, options: StudentOptions & Partial<O>): Promise<Fitted>;
}
