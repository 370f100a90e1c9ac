/** ReduceSum: the sum over some axes. */
import { expandLike } from "../unbroadcast.js";
import { keptGradient, reduction } from "./reduction.js";

export const sum = (elements: Iterable<number>): number => {
  let total = 0;
  for (const x of elements) total += x;
  return total;
};

export const reduceSum = reduction("ReduceSum", sum, (c) =>
  [expandLike(keptGradient(c), c.input(0)), undefined].slice(0, c.inputs.length),
);
