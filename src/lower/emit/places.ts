/** Values with an axis of places behind that of the rows: what is kept of several messages. */
import { concat, expand, gatherElements, reshape, slice, unsqueeze } from "../../onnx/functions.js";
import type { Tensor } from "../../onnx/ir.js";
import type { Value } from "../../onnx/value.js";

/** A state of a part of a message. */
export const named = (name: string, path: string): string => (path === "" ? name : `${name}:${path}`);

/** So many places of the same. */
export function places(of: Tensor, count: number): Tensor {
  const size = of.data.length;
  const data = new (of.data.constructor as { new (length: number): Float64Array })(size * count);
  for (let i = 0; i < count; i++) data.set(of.data as Float64Array, i * size);
  return { dtype: of.dtype, dims: [count, ...of.dims], data };
}

/** One message as that of one place. */
export const inPlace = (value: Value): Value => unsqueeze(value, [1]);

const sizeIn = ({ shape }: Value): number => shape[1] as number;

/** Without the oldest, and with room at the end for `youngest` (or with anything there). */
export const shifted = (ring: Value, youngest?: Value): Value => {
  const size = sizeIn(ring);
  return concat([slice(ring, [1], [size], [1]), youngest ?? slice(ring, [0], [1], [1])], 1);
};

/** A truth a place, for values of a rank. */
export const wide = (truths: Value, rank: number): Value =>
  rank === 2 ? truths : reshape(truths, [-1, sizeIn(truths), ...Array.from({ length: rank - 2 }, () => 1)]);

/** What lies in the places of these numbers: int64 [N, …]. */
export function picked(ring: Value, at: Value): Value {
  const dims = ring.shape.slice(2) as number[];
  if (dims.length === 0) return gatherElements(ring, at, 1);
  const width = dims.reduce((product, d) => product * d, 1);
  const spread = expand(unsqueeze(at, [2]), [1, 1, width]);
  const found = gatherElements(reshape(ring, [-1, sizeIn(ring), width]), spread, 1);
  return reshape(found, [-1, sizeIn(at), ...dims]);
}
