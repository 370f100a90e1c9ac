/** ReduceL1: the sum of absolute values over some axes. */
import { mul, sign } from "../functions.js";
import { keptGradient, reduction } from "./reduction.js";

export const reduceL1 = reduction("ReduceL1", {
  start: 0,
  step: (sum, x) => sum + Math.abs(x),
  exact: (elements) => elements.reduce((sum, x) => sum + (x < 0n ? -x : x), 0n),
  gradient: (c) => mul(keptGradient(c), sign(c.input(0))),
});
