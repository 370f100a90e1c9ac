/** Trilu: a matrix with what is below (upper) or above (lower) its k-th diagonal set to zero. */
import { op } from "../functions.js";
import { allocate, isBig, numbers } from "../tensor.js";
import { unchanged } from "./batching.js";
import { info, type Op } from "./op.js";

export const trilu: Op = {
  name: "Trilu",
  since: 14,
  inputs: [1, 2],
  outputs: [1, 1],
  attributes: { upper: "int" },
  batch: unchanged,
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (shape.length < 2) c.refuse(`it takes matrices, not rank ${shape.length}`);
    return [info(dtype, shape)];
  },
  evaluate(c) {
    const x = c.input(0);
    const k = c.inputs[1] === undefined ? 0 : numbers(c.inputs[1])[0];
    const upper = c.int("upper", 1) !== 0;
    const [rows, columns] = x.dims.slice(-2);
    const data = allocate(x.dtype, x.data.length) as Float64Array;
    const zero = (isBig(x.dtype) ? 0n : 0) as number;
    (x.data as Float64Array).forEach((v, i) => {
      const diagonal = (i % columns) - (Math.floor(i / columns) % rows);
      data[i] = upper ? (diagonal >= k ? v : zero) : diagonal <= k ? v : zero;
    });
    return [{ dtype: x.dtype, dims: x.dims, data }];
  },
  gradient: (c) =>
    [op("Trilu", [c.gradient, ...c.inputs.slice(1)], { upper: c.int("upper", 1) }), undefined].slice(
      0,
      c.inputs.length,
    ),
};
