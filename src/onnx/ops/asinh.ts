/** Asinh: inverse hyperbolic sine. */
import { add, div, sqrt, square } from "../functions.js";
import { unary } from "./elementwise.js";

export const asinh = unary("Asinh", "float", Math.asinh, (x, _y, g) => div(g, sqrt(add(square(x), 1))));
