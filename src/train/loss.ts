/** What a loss is: a name, and a graph from predictions and targets to one number, the mean over all elements. */
import type { Value } from "../onnx/value.js";

export interface Loss {
  readonly name: string;
  /** `prediction` and `target` are [rows, width]; the result is a scalar. */
  of(prediction: Value, target: Value): Value;
}
