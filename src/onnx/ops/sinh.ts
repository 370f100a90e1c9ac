/** Sinh: hyperbolic sine. */
import { mul, op } from "../functions.js";
import { unary } from "./elementwise.js";

export const sinh = unary("Sinh", "float", Math.sinh, (x, _y, g) => mul(g, op("Cosh", [x])));
