/**
 * What is trained: a function from named parameters, named columns of a batch and the step to a loss, written with the
 * operators of `onnx/functions.ts`. It is called once for each size of batch, to write a graph; it runs as ONNX.
 */
import type { Dtype } from "../onnx/ir.js";
import { isFloat } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { fail, LimbeckError } from "../problem/problem.js";

/** What one row of a column is. */
export interface ColumnInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
}

export type Values = { readonly [name: string]: Value };

/** The step that an environment is called for. */
export interface StepValues {
  /** False in validation, where nothing is dropped. */
  readonly training: boolean;
  /** Number of the step, from 1; in validation, of the last step that was done: float32 scalar. */
  readonly number: Value;
  /** Learning rate of the step, as the schedule gives it: float32 scalar. */
  readonly rate: Value;
  /**
   * Zeroes a share `rate` of the elements of `x` ([rows, …]) and scales up the rest; in validation `x` itself
   * (Srivastava et al. 2014). Inside a `Scan`, each of its steps drops the same elements.
   */
  dropout(x: Value, rate: number): Value;
  /**
   * Says what the parameter `name` is after the step, in place of what a gradient would make of it: running statistics,
   * memories. Of a batch in parts, the mean over the parts; in validation nothing. See `batchNorm`.
   */
  set(name: string, value: Value): void;
}

export interface Outcome {
  /** What is made small: a float scalar, a mean over the rows of the batch. */
  readonly loss: Value;
  /** What the mean is over, a float scalar, when that is not the number of rows: a sum of weights, a count of labels. */
  readonly weight?: Value;
  /** Scalars that the history shows beside the loss, as means in the same way. */
  readonly metrics?: Values;
}

/**
 * The environment of a training. `batch` has one value a column, [rows, …] with `rows` a number.
 *
 * @example
 * const line: Environment = ({ w, b }, { x, y }) => mse.of(add(matmul(x, w), b), y);
 */
export type Environment = (model: Values, batch: Values, step: StepValues) => Value | Outcome;

/** What its code throws is its own mistake: a column that is not there is `undefined`. */
function called<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LimbeckError) throw error;
    return fail(
      "L0954",
      { reason: `it threw: ${error instanceof Error ? error.message : String(error)}` },
      {},
      { cause: error },
    );
  }
}

/** What the environment gives, checked. Errors: L0954. */
export function outcomeOf(environment: Environment, model: Values, batch: Values, step: StepValues): Outcome {
  const given = called(() => environment(model, batch, step));
  if (given === null || typeof given !== "object") fail("L0954", { reason: `it gives ${String(given)}, and no value` });
  const outcome: Outcome = "loss" in given ? given : { loss: given };
  const { loss, weight, metrics = {} } = outcome;
  for (const [name, value] of Object.entries({ ...metrics, loss, ...(weight && { weight }) }))
    if (value?.shape?.length !== 0 || !isFloat(value.dtype))
      fail("L0954", {
        reason:
          value?.shape === undefined
            ? `its ${name} is no value`
            : `its ${name} is ${value.dtype} [${value.shape}], not a float scalar`,
      });
  return outcome;
}
