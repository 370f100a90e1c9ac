/** What a schedule is: the learning rate at a step, as a factor of the base rate. */

export interface Schedule {
  readonly name: string;
  /** `step` counts from 1 to `steps`. */
  factor(step: number, steps: number): number;
}
