/** Sin: sine of an angle in radians. */
import { cos as cosine, mul } from "../functions.js";
import { unary } from "./elementwise.js";

export const sin = unary("Sin", "float", Math.sin, (x, _y, g) => mul(g, cosine(x)));
