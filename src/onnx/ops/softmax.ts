/** Softmax: eˣ over its sum along an axis, shifted by the greatest element so that it does not overflow. */
import { mul, reduceSum, sub } from "../functions.js";
import { greatest, rowwise, softmaxAxis } from "./softmax_rows.js";

export const softmax = rowwise(
  "Softmax",
  (row) => {
    const top = greatest(row);
    const powers = row.map((x) => Math.exp(x - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((p) => p / sum);
  },
  (c) => {
    const [y, g] = [c.outputs[0], c.gradient];
    return mul(y, sub(g, reduceSum(mul(g, y), { axes: [softmaxAxis(c, y.shape.length)], keepdims: true })));
  },
);
