/**
 * Gelu: x·Φ(x), where Φ is the normal distribution, or its approximation by tanh (Hendrycks & Gimpel 2016). An op of
 * opset 20: at the one that is written here it is a composition, which has the gradient; authors write `gelu`.
 */
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
};
