/** Atan: arc tangent, in radians. */
import { add, div, square } from "../functions.js";
import { unary } from "./elementwise.js";

export const atan = unary("Atan", "float", Math.atan, (x, _y, g) => div(g, add(square(x), 1)));
