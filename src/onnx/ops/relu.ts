/** Relu: max(x, 0); its gradient at 0 is 0. */
import { cast, greater, mul } from "../functions.js";
import { unary } from "./elementwise.js";

export const relu = unary(
  "Relu",
  "number",
  (x) => Math.max(x, 0),
  (x, _y, g) => mul(g, cast(greater(x, 0), x.dtype)),
  { exact: (x) => (x > 0n ? x : 0n) },
);
