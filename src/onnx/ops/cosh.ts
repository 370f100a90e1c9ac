/** Cosh: hyperbolic cosine. */
import { mul, op } from "../functions.js";
import { unary } from "./elementwise.js";

export const cosh = unary("Cosh", "float", Math.cosh, (x, _y, g) => mul(g, op("Sinh", [x])));
