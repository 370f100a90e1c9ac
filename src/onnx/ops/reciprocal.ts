/** Reciprocal: 1 / x. */
import { mul, neg, square } from "../functions.js";
import { unary } from "./elementwise.js";

export const reciprocal = unary(
  "Reciprocal",
  "float",
  (x) => 1 / x,
  (_x, y, g) => neg(mul(g, square(y))),
);
