/** Cos: cosine of an angle in radians. */
import { mul, neg, sin as sine } from "../functions.js";
import { unary } from "./elementwise.js";

export const cos = unary("Cos", "float", Math.cos, (x, _y, g) => neg(mul(g, sine(x))));
