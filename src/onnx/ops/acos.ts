/** Acos: arc cosine, in radians. */
import { add, div, mul, neg, sqrt, sub } from "../functions.js";
import { unary } from "./elementwise.js";

export const acos = unary("Acos", "float", Math.acos, (x, _y, g) => neg(div(g, sqrt(mul(sub(1, x), add(1, x))))));
