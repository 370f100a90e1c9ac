/** ReduceMean: the mean over some axes. */
import { expandLike } from "../unbroadcast.js";
import { sum } from "./reduce_sum.js";
import { keptGradient, overCount, reduction } from "./reduction.js";

export const reduceMean = reduction("ReduceMean", {
  combine: (elements) => sum(elements) / elements.length,
  exact: (elements) => elements.reduce((a, b) => a + b) / BigInt(elements.length),
  gradient: (c) => expandLike(overCount(c, keptGradient(c)), c.input(0)),
});
