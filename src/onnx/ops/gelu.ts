/**
 * Gelu: x·Φ(x), where Φ is the normal distribution, or its approximation by tanh (Hendrycks & Gimpel 2016). An op of
 * opset 20; `functions.ts` has it as a composition for the opset that is written here.
 */
import { add, erf, exp, mul, square, sub, tanh } from "../functions.js";
import type { Node } from "../ir.js";
import { erf as errorFunction } from "../special.js";
import { scalar } from "../tensor.js";
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
  upgrade(c) {
    const [x, y] = [c.node.inputs[0], c.node.outputs[0]];
    const nodes: Node[] = [];
    const put = (op: string, inputs: readonly string[], output = c.fresh(op.toLowerCase())): string => {
      nodes.push({ op, inputs, outputs: [output], attributes: {} });
      return output;
    };
    // constants of the input's dtype, which only the graph around knows
    const number = (value: number): string => put("CastLike", [c.constant(scalar("float64", value)), x]);
    const bent = approximate(c)
      ? put("Tanh", [
          put("Mul", [
            put("Add", [x, put("Mul", [put("Mul", [put("Mul", [x, x]), x]), number(CUBIC)])]),
            number(SLOPE),
          ]),
        ])
      : put("Erf", [put("Mul", [x, number(Math.SQRT1_2)])]);
    put("Mul", [put("Mul", [x, number(0.5)]), put("Add", [bent, number(1)])], y);
    return nodes;
  },
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
