/** Sqrt: √x. */
import { add, div } from "../functions.js";
import { unary } from "./elementwise.js";

export const sqrt = unary("Sqrt", "float", Math.sqrt, (_x, y, g) => div(g, add(y, y)));
