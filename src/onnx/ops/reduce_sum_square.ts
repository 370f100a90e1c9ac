/** ReduceSumSquare: the sum of squares over some axes. */
import { mul } from "../functions.js";
import { keptGradient, reduction } from "./reduction.js";

export const reduceSumSquare = reduction("ReduceSumSquare", {
  start: 0,
  step: (sum, x) => sum + x * x,
  exact: (elements) => elements.reduce((sum, x) => sum + x * x, 0n),
  gradient: (c) => mul(mul(keptGradient(c), 2), c.input(0)),
});
