/** Tanh: hyperbolic tangent. */
import { mul, square, sub } from "../functions.js";
import { unary } from "./elementwise.js";

export const tanh = unary("Tanh", "float", Math.tanh, (_x, y, g) => mul(g, sub(1, square(y))));
