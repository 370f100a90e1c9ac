/** What the scatters share: how an element and its update become one. */
import type { Dtype, Tensor, TensorData } from "../ir.js";
import { isBig, isHalf, readable, writer } from "../tensor.js";
import type { NodeContext } from "./op.js";

const combinations: { readonly [reduction: string]: <T extends number | bigint>(a: T, b: T) => T } = {
  add: (a, b) => ((a as number) + (b as number)) as typeof a,
  mul: (a, b) => ((a as number) * (b as number)) as typeof a,
  max: (a, b) => (b > a || Number.isNaN(b as number) ? b : a),
  min: (a, b) => (b < a || Number.isNaN(b as number) ? b : a),
};
/** The opset that each reduction came with. */
const since: { readonly [reduction: string]: number } = { none: 11, add: 16, mul: 16, max: 18, min: 18 };

/** The attribute `reduction`, refused when it is none that the opset has. */
export function reductionOf(c: NodeContext): string {
  const reduction = c.text("reduction") ?? "none";
  const first = Object.hasOwn(since, reduction) ? since[reduction] : c.refuse(`its reduction ${reduction} is unknown`);
  if (c.opset < first) c.refuse(`its reduction ${reduction} is of opset ${first}, and this is opset ${c.opset}`);
  return reduction;
}

/** A copy of `x` with update i put at offset `offsets[i]`, in order. */
export function scattered(x: Tensor, updates: Tensor, offsets: ArrayLike<number>, reduction: string): Tensor {
  const data: TensorData = x.data.slice();
  const plain = data as Float64Array;
  if (reduction === "none")
    for (let i = 0; i < offsets.length; i++) plain[offsets[i]] = (updates.data as Float64Array)[i];
  else if (isBig(x.dtype) || !isHalf(x.dtype)) {
    const combine = combinations[reduction];
    const more = updates.data as Float64Array;
    for (let i = 0; i < offsets.length; i++) plain[offsets[i]] = combine(plain[offsets[i]], more[i]);
  } else {
    const [values, more] = [readable(x) as Float64Array, readable(updates)];
    const [combine, write] = [combinations[reduction], writer(x.dtype as Dtype, data)];
    for (let i = 0; i < offsets.length; i++) {
      const at = offsets[i];
      values[at] = combine(values[at], more[i]);
      write(at, values[at]);
    }
  }
  return { dtype: x.dtype, dims: x.dims, data };
}
