/** HardSwish: x · max(0, min(1, x/6 + ½)). */
import { add, div, greater, less, mul, where } from "../functions.js";
import { unary } from "./elementwise.js";

export const hardSwish = unary(
  "HardSwish",
  "float",
  (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
  (x, _y, g) => where(less(x, -3), 0, where(greater(x, 3), g, mul(g, add(div(x, 3), 0.5)))),
  { since: 14 },
);
