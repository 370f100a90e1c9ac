/** A small model that the tests of this folder share: y = softplus(x · Wᵀ + b), and a running sum of it. */
import { graphBuilder } from "../../src/onnx/builder.js";
import { scan } from "../../src/onnx/control.js";
import { add, gemm, softplus } from "../../src/onnx/functions.js";
import type { Model } from "../../src/onnx/ir.js";
import { tensor } from "../../src/onnx/tensor.js";

export function sample(): Model {
  const g = graphBuilder("sample");
  const x = g.input("x", "float32", ["N", 2]);
  const w = g.initializer("w", tensor("float32", [3, 2], [0.5, -1, 2, 0.25, -0.75, 1]));
  const b = g.initializer("b", tensor("float32", [3], [0.1, -0.2, 0.3]));
  const y = softplus(gemm(x, w, b, { transB: 1 }));
  const zero = g.initializer("zero", tensor("float32", [3], [0, 0, 0]));
  const { states } = scan([zero], [y], ([sum], [row]) => ({ states: [add(sum, row)] }));
  g.output("y", y);
  g.output("sum", states[0]);
  return g.model({ note: "sample" });
}
