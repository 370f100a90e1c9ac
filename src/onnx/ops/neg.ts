/** Neg: −x. */
import { neg as negate } from "../functions.js";
import { unary } from "./elementwise.js";

export const neg = unary(
  "Neg",
  "number",
  (x) => -x,
  (_x, _y, g) => negate(g),
  { exact: (x) => -x },
);
