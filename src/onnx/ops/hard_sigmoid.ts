/** HardSigmoid: α·x + β held between 0 and 1. */
import { and, greater, less, mul, where } from "../functions.js";
import { tuned } from "./elementwise.js";

export const hardSigmoid = tuned(
  "HardSigmoid",
  { alpha: 0.2, beta: 0.5 },
  (x, { alpha, beta }) => Math.max(0, Math.min(1, alpha * x + beta)),
  (_x, y, g, { alpha }) => where(and(greater(y, 0), less(y, 1)), mul(g, alpha), 0),
);
