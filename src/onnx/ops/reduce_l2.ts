/** ReduceL2: the root of the sum of squares over some axes; its gradient at 0 is 0. */
import { div, equal, mul, where } from "../functions.js";
import { keptGradient, keptOutput, reduction } from "./reduction.js";

export const reduceL2 = reduction("ReduceL2", {
  start: 0,
  step: (sum, x) => sum + x * x,
  finish: Math.sqrt,
  gradient(c) {
    const y = keptOutput(c);
    return mul(keptGradient(c), div(c.input(0), where(equal(y, 0), 1, y)));
  },
});
