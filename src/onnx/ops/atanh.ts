/** Atanh: inverse hyperbolic tangent. */
import { add, div, mul, sub } from "../functions.js";
import { unary } from "./elementwise.js";

export const atanh = unary("Atanh", "float", Math.atanh, (x, _y, g) => div(g, mul(sub(1, x), add(1, x))));
