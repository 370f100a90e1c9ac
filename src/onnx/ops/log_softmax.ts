/** LogSoftmax: the logarithm of Softmax, without forming it. */
import { exp, mul, reduceSum, sub } from "../functions.js";
import { greatest, rowwise, softmaxAxis } from "./softmax_rows.js";

export const logSoftmax = rowwise(
  "LogSoftmax",
  (row) => {
    const top = greatest(row);
    const shift = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
    return row.map((x) => x - shift);
  },
  (c) => {
    const [y, g] = [c.outputs[0], c.gradient];
    return sub(g, mul(exp(y), reduceSum(g, { axes: [softmaxAxis(c, y.shape.length)], keepdims: true })));
  },
);
