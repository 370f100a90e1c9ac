/** Celu: x, and α·(e^(x/α) − 1) below 0. */
import { div, exp, less, min, mul, where } from "../functions.js";
import { tuned } from "./elementwise.js";

export const celu = tuned(
  "Celu",
  { alpha: 1 },
  (x, { alpha }) => Math.max(x, 0) + Math.min(0, alpha * Math.expm1(x / alpha)),
  (x, _y, g, { alpha }) => where(less(x, 0), mul(g, exp(div(min(x, 0), alpha))), g),
  { since: 12 },
);
