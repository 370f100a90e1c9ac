/** ReduceSum: the sum over some axes. */
import { expandLike } from "../unbroadcast.js";
import { keptGradient, reduction } from "./reduction.js";

export const sum = (elements: Float64Array): number => {
  let total = 0;
  for (const x of elements) total += x;
  return total;
};

export const reduceSum = reduction("ReduceSum", {
  combine: sum,
  exact: (elements) => elements.reduce((a, b) => a + b),
  gradient: (c) => expandLike(keptGradient(c), c.input(0)),
});
