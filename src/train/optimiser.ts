/** What an optimiser is: how one step changes a vector of parameters, written as graph ops. */
import { mul, type Operand } from "../onnx/functions.js";
import type { Value } from "../onnx/value.js";

export interface Optimiser {
  readonly name: string;
  /** Weight decay of parameters of two axes or more, where no group says another. */
  readonly weight_decay: number;
  /** Tensors of the parameters' size that it carries from step to step; zero at first. */
  readonly slots: number;
  /**
   * Numbers that each step is fed with, worked out beforehand in double precision. `step` counts from 1; the names
   * are the same at every step.
   */
  scalars(step: number, rate: number): { readonly [name: string]: number };
  update(step: {
    readonly parameters: Value;
    readonly gradient: Value;
    readonly slots: readonly Value[];
    readonly scalars: { readonly [name: string]: Value };
    /** What the rate is multiplied by: one number, or one an element. */
    readonly factor: Operand;
    /** Weight decay: one number, 0 for none, or one an element. */
    readonly decay: Operand;
  }): { readonly parameters: Value; readonly slots: readonly Value[] };
}

/** x · y, where at least x is a value; a factor of 1 costs nothing. */
export const times = (x: Value, y: Operand): Value => (y === 1 ? x : mul(x, y));
