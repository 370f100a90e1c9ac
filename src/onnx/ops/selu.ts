/** Selu: γ·x, and γ·α·(eˣ − 1) below 0. */
import { add, less, mul, where } from "../functions.js";
import { tuned } from "./elementwise.js";

export const selu = tuned(
  "Selu",
  { alpha: 1.6732631921768188, gamma: 1.0507010221481323 },
  (x, { alpha, gamma }) => gamma * (x < 0 ? alpha * Math.expm1(x) : x),
  (x, y, g, { alpha, gamma }) => where(less(x, 0), mul(g, add(y, alpha * gamma)), mul(g, gamma)),
);
