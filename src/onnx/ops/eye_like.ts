/** EyeLike: a matrix of the input's shape with ones on its k-th diagonal and zeros elsewhere. */
import { elementType, ints } from "../functions/base.js";
import { filled } from "../functions.js";
import type { Dtype } from "../ir.js";
import { allocate, writer } from "../tensor.js";
import { rowDims } from "./batching.js";
import { info, type NodeContext, type Op } from "./op.js";

function dtypeOf(c: NodeContext, otherwise: Dtype): Dtype {
  const number = c.int("dtype");
  if (number === undefined) return otherwise;
  const found = Object.entries(elementType).find(([, n]) => n === number);
  return (found?.[0] as Dtype | undefined) ?? c.refuse(`element type ${number} is not supported`);
}

export const eyeLike: Op = {
  name: "EyeLike",
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { dtype: "int", k: "int" },
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (shape.length !== 2) c.refuse(`it takes a matrix, not rank ${shape.length}`);
    return [info(dtypeOf(c, dtype), shape)];
  },
  evaluate(c) {
    const { dtype: like, dims } = c.input(0);
    const [rows, columns] = dims as [number, number];
    const dtype = dtypeOf(c, like);
    const data = allocate(dtype, rows * columns);
    const write = writer(dtype, data);
    const k = c.int("k", 0);
    for (let row = Math.max(0, -k); row < rows && row + k < columns; row++) write(row * columns + row + k, 1);
    return [{ dtype, dims, data }];
  },
  // every row has the same one
  batch(c) {
    const x = c.input(0);
    const like = filled(ints(c.rows, rowDims(c, x)), x.dtype, 0);
    return c.emit([like]).map((value) => ({ value, batched: false }));
  },
  gradient: () => [undefined],
};
