/** What an optimiser is: how one step changes the vector of all parameters, written as graph ops. */
import type { Value } from "../onnx/value.js";

export interface Optimiser {
  readonly name: string;
  /** Vectors of the parameters' size that it carries from step to step; zero at first. */
  readonly slots: number;
  /**
   * Numbers that each step is fed with, worked out beforehand in double precision. `step` counts from 1; the names
   * are the same at every step.
   */
  scalars(step: number, rate: number): { readonly [name: string]: number };
  update(step: {
    /** All parameters, [P]. */
    readonly parameters: Value;
    readonly gradient: Value;
    readonly slots: readonly Value[];
    readonly scalars: { readonly [name: string]: Value };
    /** 1 where weight decay applies (matrices), 0 where not (biases), [P]. */
    readonly decays: Value;
  }): { readonly parameters: Value; readonly slots: readonly Value[] };
}
