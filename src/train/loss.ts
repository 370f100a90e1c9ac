/** What a loss is: a name, and a graph from predictions and targets to one number, a mean over the rows. */
import type { Value } from "../onnx/value.js";

export interface Loss {
  readonly name: string;
  /** Both begin with the axis of rows; the result is a scalar. */
  of(prediction: Value, target: Value): Value;
}
