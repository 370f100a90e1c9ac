/** Weights of nets before training. */
import type { Rng } from "../../component/rng.js";
import type { Tensor } from "../../onnx/ir.js";
import { sizeOf, tensor } from "../../onnx/tensor.js";

/**
 * [out, in, …]: uniform within ±√(3·gain / fan-in), so that a layer keeps the variance of what comes in (LeCun et al.
 * 1998); with ReLUs behind it half of that is lost, and `gain` is 2 (He et al. 2015).
 */
export function uniform(draws: Rng, dims: readonly number[], gain = 1): Tensor {
  const bound = Math.sqrt((3 * gain) / sizeOf(dims.slice(1)));
  const data = Float32Array.from({ length: sizeOf(dims) }, () => draws.between(-bound, bound));
  return tensor("float32", dims, data);
}

export const zeros = (dims: readonly number[]): Tensor => tensor("float32", dims, new Float32Array(sizeOf(dims)));
