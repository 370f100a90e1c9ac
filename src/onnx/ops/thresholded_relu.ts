/** ThresholdedRelu: x where it is above α, else 0. */
import { greater, where } from "../functions.js";
import { tuned } from "./elementwise.js";

export const thresholdedRelu = tuned(
  "ThresholdedRelu",
  { alpha: 1 },
  (x, { alpha }) => (x > alpha ? x : 0),
  (x, _y, g, { alpha }) => where(greater(x, alpha), g, 0),
);
