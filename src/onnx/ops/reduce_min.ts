/** ReduceMin: the smallest over some axes; equal ones share the gradient evenly. */
import { highest } from "../tensor.js";
import { reduction, shared } from "./reduction.js";

export const reduceMin = reduction("ReduceMin", {
  combine: (elements, dtype) => elements.reduce((a, b) => Math.min(a, b), highest(dtype)),
  exact: (elements) => elements.reduce((a, b) => (b < a ? b : a)),
  gradient: shared,
  bools: true,
});
