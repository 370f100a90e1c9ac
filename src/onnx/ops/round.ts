/** Round: to the nearest integer, halves to the even one. Its gradient is zero wherever there is one. */
import { rint } from "../rounding.js";
import { unary } from "./elementwise.js";

export const round = unary("Round", "float", rint, () => undefined);
