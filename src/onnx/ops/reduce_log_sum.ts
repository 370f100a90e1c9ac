/** ReduceLogSum: the logarithm of the sum over some axes. */
import { div, exp } from "../functions.js";
import { expandLike } from "../unbroadcast.js";
import { sum } from "./reduce_sum.js";
import { keptGradient, keptOutput, reduction } from "./reduction.js";

export const reduceLogSum = reduction("ReduceLogSum", {
  combine: (elements) => Math.log(sum(elements)),
  gradient: (c) => expandLike(div(keptGradient(c), exp(keptOutput(c))), c.input(0)),
});
