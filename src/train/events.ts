/** What a training tells while it runs, and what its history keeps. */
import type { Tensor } from "../onnx/ir.js";

export type Metrics = { readonly [name: string]: number };

export interface EpochRecord {
  /** Counts from 1. */
  readonly epoch: number;
  /** Steps done so far. */
  readonly step: number;
  /** Mean over the epoch's rows, dropout included. */
  readonly train_loss: number;
  readonly train_metrics?: Metrics;
  /** Absent without validation data. */
  readonly validation_loss?: number;
  readonly validation_metrics?: Metrics;
  /** Learning rate at the epoch's last step. */
  readonly rate: number;
}

export interface RunProgress {
  /** Share of all epochs done, 0 to 1. */
  readonly fraction: number;
  readonly epoch: number;
  readonly train_loss: number;
  /** Of the last finished epoch. */
  readonly validation_loss?: number;
  /** Steps done so far. */
  readonly step: number;
  /** Learning rate of the last step. */
  readonly rate: number;
  /** Steps that were done before this run, when it goes on from a check-point. */
  readonly resumed: number;
}

/** Why training ended: all epochs done, no progress, stopped from outside, or the loss stopped being a number. */
export type Ending = "done" | "patience" | "interrupted" | "diverged";

/** What is told to observers. Before a step there is no loss yet; before a validation no loss of it. */
export interface StepEvent {
  readonly at: "step";
  readonly epoch: number;
  readonly step: number;
  readonly rate: number;
  readonly loss?: number;
  readonly metrics?: Metrics;
}
export interface EpochEvent {
  readonly at: "epoch";
  readonly epoch: number;
  readonly step: number;
  readonly train_loss?: number;
}
export interface ValidationEvent {
  readonly at: "validation";
  readonly epoch: number;
  readonly step: number;
  readonly record?: EpochRecord;
  /** Whether this epoch's parameters are the best so far. */
  readonly best?: boolean;
  /** The parameters that were evaluated: the average where one is kept. */
  readonly parameters?: readonly Tensor[];
}
export interface EndEvent {
  readonly at: "end";
  readonly epoch: number;
  readonly step: number;
  readonly ended: Ending;
}
export type RunEvent = StepEvent | EpochEvent | ValidationEvent | EndEvent;
export type Moment = `${"before" | "after"}.${RunEvent["at"]}`;
