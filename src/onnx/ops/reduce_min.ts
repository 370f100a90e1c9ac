/** ReduceMin: the smallest over some axes; equal ones share the gradient evenly. */
import { highest } from "../tensor.js";
import { reduction, shared } from "./reduction.js";

export const reduceMin = reduction("ReduceMin", {
  start: highest,
  step: Math.min,
  exact: (elements) => elements.reduce((a, b) => (b < a ? b : a)),
  gradient: shared,
  bools: true,
});
