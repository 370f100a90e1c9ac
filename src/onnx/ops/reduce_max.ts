/** ReduceMax: the largest over some axes; equal ones share the gradient evenly. */
import { lowest } from "../tensor.js";
import { reduction, shared } from "./reduction.js";

export const reduceMax = reduction("ReduceMax", {
  combine: (elements, dtype) => elements.reduce((a, b) => Math.max(a, b), lowest(dtype)),
  exact: (elements) => elements.reduce((a, b) => (b > a ? b : a)),
  gradient: shared,
  bools: true,
});
