/** Shrink: what is farther than λ from zero moves towards it by a bias, the rest becomes zero (soft and hard thresholding). */
import { abs, greater, where } from "../functions.js";
import { tuned } from "./elementwise.js";

export const shrink = tuned(
  "Shrink",
  { bias: 0, lambd: 0.5 },
  (x, { bias, lambd }) => (x < -lambd ? x + bias : x > lambd ? x - bias : 0),
  (x, _y, g, { lambd }) => where(greater(abs(x), lambd), g, 0),
);
