/** Mish: x · tanh(ln(1 + eˣ)). */
import { add, mul, sigmoid, softplus, square, sub, tanh } from "../functions.js";
import { unary } from "./elementwise.js";

export const mish = unary(
  "Mish",
  "float",
  (x) => x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  (x, _y, g) => {
    const t = tanh(softplus(x));
    return mul(g, add(t, mul(x, mul(sub(1, square(t)), sigmoid(x)))));
  },
  { since: 18 },
);
