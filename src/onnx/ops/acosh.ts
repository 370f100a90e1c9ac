/** Acosh: inverse hyperbolic cosine, of x ≥ 1. */
import { add, div, mul, sqrt, sub } from "../functions.js";
import { unary } from "./elementwise.js";

export const acosh = unary("Acosh", "float", Math.acosh, (x, _y, g) => div(g, sqrt(mul(sub(x, 1), add(x, 1)))));
