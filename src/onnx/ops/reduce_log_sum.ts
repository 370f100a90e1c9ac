/** ReduceLogSum: the logarithm of the sum over some axes. */
import { div, exp } from "../functions.js";
import { expandLike } from "../unbroadcast.js";
import { keptGradient, keptOutput, reduction } from "./reduction.js";

export const reduceLogSum = reduction("ReduceLogSum", {
  start: 0,
  step: (sum, x) => sum + x,
  finish: Math.log,
  gradient: (c) => expandLike(div(keptGradient(c), exp(keptOutput(c))), c.input(0)),
});
