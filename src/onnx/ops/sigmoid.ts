/** Sigmoid: 1 / (1 + e⁻ˣ). */
import { mul, sub } from "../functions.js";
import { unary } from "./elementwise.js";

export const sigmoid = unary(
  "Sigmoid",
  "float",
  (x) => 1 / (1 + Math.exp(-x)),
  (_x, y, g) => mul(g, mul(y, sub(1, y))),
);
