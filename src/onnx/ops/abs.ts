/** Abs: |x|; its gradient at 0 is 0. */
import { mul, sign as signOf } from "../functions.js";
import { unary } from "./elementwise.js";

export const abs = unary("Abs", "number", Math.abs, (x, _y, g) => mul(g, signOf(x)), {
  exact: (x) => (x < 0n ? -x : x),
});
