/** What a student is: rows of a teacher's inputs and outputs in, a model that stands in for the teacher out. */
import type { Column } from "../../message/flatten.js";
import type { Json } from "../../message/type.js";
import type { Model } from "../../onnx/ir.js";
import type { Matrix } from "../../train/matrix.js";

/** The columns of one port, which stand side by side in the matrix, ports in order. */
export interface PortBlock {
  /** `joints`, `controller.torque`, `controller#rail.torque`. */
  readonly port: string;
  readonly columns: readonly Column[];
}

/** In raw units. The test split is never here. */
export interface TrainingData {
  readonly inputs: readonly PortBlock[];
  readonly outputs: readonly PortBlock[];
  readonly train: { readonly x: Matrix; readonly y: Matrix };
  readonly validation: { readonly x: Matrix; readonly y: Matrix };
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
  /** Inputs `obs.<port>`, outputs `act.<port>`, float32 [N, width], raw units. */
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
  /** Errors: L0951 data that cannot be fitted on; those of training. */
  fit(data: TrainingData, options: StudentOptions & Partial<O>): Promise<Fitted>;
}
