/**
 * Gelu: x·Φ(x), where Φ is the normal distribution, or its approximation by tanh (Hendrycks & Gimpel 2016). An op of
 * opset 20; `functions.ts` has it as a composition for the opset that is written here.
 */
import { add, erf, exp, mul, square, sub, tanh } from "../functions.js";
import { erf as errorFunction } from "../special.js";
import { pointwise, unary } from "./elementwise.js";
import type { NodeContext, Op } from "./op.js";

const SLOPE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

function approximate(c: NodeContext): boolean {
  const how = c.text("approximate") ?? "none";
  if (how !== "none" && how !== "tanh") c.refuse(`its approximation is ${how}, not none or tanh`);
  return how === "tanh";
}

export const gelu: Op = {
  ...unary("Gelu", "float", (x) => x, undefined, { since: 20 }),
  attributes: { approximate: "string" },
  ...pointwise((c) => {
    const f = approximate(c)
      ? (x: number) => 0.5 * x * (1 + Math.tanh(SLOPE * (x + CUBIC * x ** 3)))
      : (x: number) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2));
    return { dtype: c.input(0).dtype, f };
  }),
  gradient(c) {
    const x = c.input(0);
    if (!approximate(c)) {
      const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      const distribution = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
      return [mul(c.gradient, add(distribution, mul(x, density)))];
    }
    const t = tanh(mul(add(x, mul(mul(square(x), x), CUBIC)), SLOPE));
    const inner = mul(add(mul(square(x), 3 * CUBIC), 1), SLOPE);
    return [mul(c.gradient, mul(add(add(t, 1), mul(mul(x, sub(1, square(t))), inner)), 0.5))];
  },
};
