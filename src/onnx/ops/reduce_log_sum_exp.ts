/** ReduceLogSumExp: the logarithm of the sum of exponentials over some axes, without overflow. */
import { exp, mul, sub } from "../functions.js";
import { keptGradient, keptOutput, reduction } from "./reduction.js";

export const reduceLogSumExp = reduction("ReduceLogSumExp", {
  combine(elements) {
    const most = elements.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (!Number.isFinite(most)) return most;
    return most + Math.log(elements.reduce((sum, x) => sum + Math.exp(x - most), 0));
  },
  gradient: (c) => mul(keptGradient(c), exp(sub(c.input(0), keptOutput(c)))),
});
