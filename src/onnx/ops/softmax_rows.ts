/** What Softmax, LogSoftmax and Hardmax share: which elements are one row, and the loop. */
import { squeeze, unsqueeze } from "../functions.js";
import type { Tensor } from "../ir.js";
import { allocate, readable, sizeOf, writer } from "../tensor.js";
import type { Value } from "../value.js";
import { alongAxis } from "./batching.js";
import { sameDtype } from "./elementwise.js";
import { normalised } from "./given.js";
import { type GradientContext, info, type NodeContext, type Op } from "./op.js";

/** From this opset on a row is one axis; before, it is all axes from that one on. */
const ONE_AXIS = 13;

export function softmaxAxis(c: NodeContext, rank: number): number {
  // a scalar is a row of one
  if (rank === 0) return 0;
  return normalised(c, [c.int("axis", c.opset < ONE_AXIS ? Math.min(1, rank - 1) : -1)], rank)[0];
}

export const greatest = (row: Float64Array): number => row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** An op that maps rows to rows, in double precision. */
export const rowwise = (
  name: string,
  f: (row: Float64Array) => Float64Array,
  gradient: (c: GradientContext) => Value | undefined,
): Op => ({
  name,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { axis: "int" },
  batch(c) {
    if (c.input(0).shape.length > 0) return alongAxis(-1)(c);
    return c.emit([unsqueeze(c.input(0).value, [1])], { axis: 1 }).map((y) => squeeze(y, [1]));
  },
  upgrade(c) {
    const { node } = c;
    const axis = c.int("axis", c.opset < ONE_AXIS ? 1 : -1);
    if (c.opset >= ONE_AXIS || axis === -1) return [node];
    const [shape, flat, rows] = ["shape", "flat", "rows"].map((stem) => c.fresh(stem));
    const last = { axis: { type: "int", value: -1 } } as const;
    return [
      { op: "Shape", inputs: node.inputs, outputs: [shape], attributes: {} },
      { op: "Flatten", inputs: node.inputs, outputs: [flat], attributes: { axis: { type: "int", value: axis } } },
      { op: name, inputs: [flat], outputs: [rows], attributes: last },
      { ...node, op: "Reshape", inputs: [rows, shape], attributes: {} },
    ];
  },
  infer(c) {
    const { shape } = c.input(0);
    softmaxAxis(c, shape.length);
    return [info(sameDtype(c, "float"), shape)];
  },
  evaluate(c) {
    const x = c.input(0);
    const axis = softmaxAxis(c, x.dims.length);
    const inner = c.opset < ONE_AXIS ? 1 : sizeOf(x.dims.slice(axis + 1));
    const size = c.opset < ONE_AXIS ? sizeOf(x.dims.slice(axis)) : (x.dims[axis] ?? 1);
    return [mapRows(x, size, inner, f)];
  },
  gradient: (c) => [gradient(c)],
});

/** Every row of `size` elements that lie `inner` apart, mapped to another, in double precision. */
export function mapRows(x: Tensor, size: number, inner: number, f: (row: Float64Array) => Float64Array): Tensor {
  const from = readable(x);
  const data = allocate(x.dtype, from.length);
  const write = writer(x.dtype, data);
  const row = new Float64Array(size);
  for (let block = 0; block < from.length; block += size * inner)
    for (let start = block; start < block + inner; start++) {
      for (let i = 0; i < size; i++) row[i] = from[start + i * inner];
      f(row).forEach((v, i) => {
        write(start + i * inner, v);
      });
    }
  return { dtype: x.dtype, dims: x.dims, data };
}
