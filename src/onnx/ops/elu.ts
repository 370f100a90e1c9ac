/** Elu: x, and α·(eˣ − 1) below 0. */
import { add, less, mul, where } from "../functions.js";
import { tuned } from "./elementwise.js";

export const elu = tuned(
  "Elu",
  { alpha: 1 },
  (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x),
  (x, y, g, { alpha }) => where(less(x, 0), mul(g, add(y, alpha)), g),
);
