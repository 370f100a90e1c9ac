/** Softsign: x / (1 + |x|). */
import { abs, add, div, square } from "../functions.js";
import { unary } from "./elementwise.js";

export const softsign = unary(
  "Softsign",
  "float",
  (x) => x / (1 + Math.abs(x)),
  (x, _y, g) => div(g, square(add(abs(x), 1))),
);
