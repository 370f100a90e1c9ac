/** Exp: eˣ. */
import { mul } from "../functions.js";
import { unary } from "./elementwise.js";

export const exp = unary("Exp", "float", Math.exp, (_x, y, g) => mul(g, y));
