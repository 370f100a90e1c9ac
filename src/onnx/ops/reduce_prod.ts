/** ReduceProd: the product over some axes. */
import { add, cast, div, equal, mul, reduceProd as product, reduceSum, sub, where } from "../functions.js";
import { keptGradient, reducedAxes, reduction } from "./reduction.js";

export const reduceProd = reduction("ReduceProd", {
  start: 1,
  step: (product, x) => product * x,
  exact: (elements) => elements.reduce((a, b) => a * b),
  // the product of the others, which zeros among them must not be divided out of
  gradient(c) {
    const x = c.input(0);
    const axes = reducedAxes(c, x.shape.length);
    const over = { axes, keepdims: true };
    const zero = cast(equal(x, 0), x.dtype);
    const filled = add(x, zero);
    const [zeros, rest] = axes.length === 0 ? [zero, filled] : [reduceSum(zero, over), product(filled, over)];
    const others = where(equal(sub(zeros, zero), 0), div(rest, filled), 0);
    return mul(keptGradient(c), others);
  },
});
