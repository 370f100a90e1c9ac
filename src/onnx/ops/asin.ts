/** Asin: arc sine, in radians. */
import { add, div, mul, sqrt, sub } from "../functions.js";
import { unary } from "./elementwise.js";

export const asin = unary("Asin", "float", Math.asin, (x, _y, g) => div(g, sqrt(mul(sub(1, x), add(1, x)))));
