/** ReduceMax: the largest over some axes; equal ones share the gradient evenly. */
import { lowest } from "../tensor.js";
import { reduction, shared } from "./reduction.js";

export const reduceMax = reduction("ReduceMax", {
  start: lowest,
  step: Math.max,
  exact: (elements) => elements.reduce((a, b) => (b > a ? b : a)),
  gradient: shared,
  bools: true,
});
