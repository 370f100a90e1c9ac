/** ReduceSum: the sum over some axes. */
import { expandLike } from "../unbroadcast.js";
import { keptGradient, reduction } from "./reduction.js";

export const reduceSum = reduction("ReduceSum", {
  start: 0,
  step: (sum, x) => sum + x,
  exact: (elements) => elements.reduce((a, b) => a + b),
  gradient: (c) => expandLike(keptGradient(c), c.input(0)),
});
