/** Softplus: ln(1 + eˣ), written so that it does not overflow. */
import { sigmoid as logistic, mul } from "../functions.js";
import { unary } from "./elementwise.js";

export const softplus = unary(
  "Softplus",
  "float",
  (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  (x, _y, g) => mul(g, logistic(x)),
);
