/** Reads elements in another order: what Transpose, Slice, Gather and Expand come down to. */
import type { Tensor, TensorData } from "../ir.js";
import { allocate } from "../tensor.js";

/** A tensor of shape `dims` whose element i is element `offsets[i]` of `x`. */
export function pick(x: Tensor, dims: readonly number[], offsets: Int32Array): Tensor {
  const data = allocate(x.dtype, offsets.length);
  copy(data, x.data, offsets);
  return { dtype: x.dtype, dims, data };
}

function copy(to: TensorData, from: TensorData, offsets: Int32Array): void {
  // both arrays are of one kind, which the type of a union cannot say
  const [write, read] = [to as Float64Array, from as Float64Array];
  for (let i = 0; i < offsets.length; i++) write[i] = read[offsets[i]];
}
