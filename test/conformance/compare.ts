/** Whether a tensor is the one that was to come out: bit for bit, or to a tolerance where an op computes. */
import type { Tensor } from "../../src/onnx/ir.js";
import { isFloat, isHalf, numbers } from "../../src/onnx/tensor.js";

/** How far a float may be off. */
export interface Tolerance {
  /** As a share of the value itself. */
  readonly relative: number;
  /** As a share of the largest value of the tensor: what is left where large numbers cancel. */
  readonly scaled: number;
}
export const exact: Tolerance = { relative: 0, scaled: 0 };

/** What is wrong with `found`, or undefined. */
export function difference(found: Tensor, wanted: Tensor, { relative, scaled }: Tolerance): string | undefined {
  if (found.dtype !== wanted.dtype) return `is ${found.dtype}, not ${wanted.dtype}`;
  if (found.dims.join() !== wanted.dims.join()) return `is of shape [${found.dims}], not [${wanted.dims}]`;
  const float = isFloat(found.dtype) || isHalf(found.dtype);
  if (!float) {
    const at = found.data.findIndex((v: number | bigint, i: number) => v !== wanted.data[i]);
    return at < 0 ? undefined : `[${at}] is ${found.data[at]}, not ${wanted.data[at]}`;
  }
  const [a, b] = [numbers(found), numbers(wanted)];
  const absolute = scaled * b.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
  const at = a.findIndex(
    (v, i) => !(Object.is(v, b[i]) || v === b[i] || Math.abs(v - b[i]) <= relative * Math.abs(b[i]) + absolute),
  );
  return at < 0 ? undefined : `[${at}] is ${a[at]}, not ${b[at]}`;
}
