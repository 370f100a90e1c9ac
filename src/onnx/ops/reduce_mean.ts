/** ReduceMean: the mean over some axes. */
import { expandLike } from "../unbroadcast.js";
import { keptGradient, overCount, reduction } from "./reduction.js";

export const reduceMean = reduction("ReduceMean", {
  start: 0,
  step: (sum, x) => sum + x,
  finish: (sum, count) => sum / count,
  exact: (elements) => elements.reduce((a, b) => a + b) / BigInt(elements.length),
  gradient: (c) => expandLike(overCount(c, keptGradient(c)), c.input(0)),
});
