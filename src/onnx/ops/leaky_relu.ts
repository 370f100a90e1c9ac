/** LeakyRelu: x, and α·x below 0. */
import { less, mul, where } from "../functions.js";
import { tuned } from "./elementwise.js";

export const leakyRelu = tuned(
  "LeakyRelu",
  { alpha: 0.01 },
  (x, { alpha }) => (x < 0 ? alpha * x : x),
  (x, _y, g, { alpha }) => where(less(x, 0), mul(g, alpha), g),
);
