/** Log: the natural logarithm. */
import { div } from "../functions.js";
import { unary } from "./elementwise.js";

export const log = unary("Log", "float", Math.log, (x, _y, g) => div(g, x));
