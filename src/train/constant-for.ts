/** Plain numbers in an environment or a loss: labels, weights of classes, matrices that are known. */
import { asTensor } from "../component/tensor/constant.js";
import type { Constant, Nested } from "../component/tensor/symbolic.js";
import type { Dtype } from "../onnx/ir.js";
import type { Value } from "../onnx/value.js";

/**
 * A constant beside `x`, in the same graph: a number, lists of numbers, a typed array, `{dims, data}`. Plain numbers have
 * the dtype of `x` unless told.
 *
 * Errors: L0838 for what is none of these.
 *
 * @example
 * const x = graphBuilder("g").input("x", "float32", [2, 2]);
 * const turned = matmul(x, constantFor(x, [[0, -1], [1, 0]]));
 * [turned.dtype, turned.shape] // ["float32", [2, 2]]
 * constantFor(x, Int32Array.of(0, 1)).dtype // "int32"
 */
export const constantFor = (
  x: Value,
  values: Nested | boolean | bigint | Constant,
  dtype: Dtype | undefined = typeof values === "number" || Array.isArray(values) ? x.dtype : undefined,
): Value => x.scope.constant(asTensor("a constant", values, dtype));
