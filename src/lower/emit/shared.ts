/** Values of every row, and values that are the same for all rows. */
import type { Dim } from "../../onnx/ir.js";
import type { Value } from "../../onnx/value.js";

/** Name of the number of rows. */
export const ROWS: Dim = "N";

/** Whether a value is the same for all rows: [1, …]. */
export const isShared = (value: Value): boolean => value.shape[0] !== ROWS;
