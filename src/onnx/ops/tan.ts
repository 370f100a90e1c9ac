/** Tan: tangent of an angle in radians. */
import { add, mul, square } from "../functions.js";
import { unary } from "./elementwise.js";

export const tan = unary("Tan", "float", Math.tan, (_x, y, g) => mul(g, add(square(y), 1)));
