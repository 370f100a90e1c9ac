/** Erf: 2/√π · ∫₀ˣ e^(−t²) dt. */
import { exp, mul, neg, square } from "../functions.js";
import { erf as errorFunction } from "../special.js";
import { unary } from "./elementwise.js";

export const erf = unary("Erf", "float", errorFunction, (x, _y, g) =>
  mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
);
