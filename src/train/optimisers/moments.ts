/**
 * The step that Adam and AdamW share (Kingma & Ba 2015).
 *
 * The moments are kept without their (1 − β) factors, M ← β₁M + g and V ← β₂V + g², and those factors and the bias
 * corrections are folded into the rate and ε of the step: the same step in fewer passes over memory.
 */
import { add, div, mul, type Operand, sqrt, square } from "../../onnx/functions.js";
import type { Value } from "../../onnx/value.js";
import { times } from "../optimiser.js";

export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  readonly weight_decay?: number;
}

export function moments({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions) {
  return {
    scalars(step: number, rate: number): { change: number; epsilon: number } {
      // √V̂ = c·√V, so that m̂ / (√V̂ + ε) = (1 − β₁) / (1 − β₁ᵗ) / c · M / (√V + ε / c)
      const c = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      return { change: (rate * (1 - beta1)) / (1 - beta1 ** step) / c, epsilon: epsilon / c };
    },
    /** What is taken from the parameters, and the moments after it. */
    change(
      gradient: Value,
      [first, second]: readonly Value[],
      scalars: { readonly [name: string]: Value },
      factor: Operand,
    ): { change: Value; slots: Value[] } {
      const m = add(mul(first, beta1), gradient);
      const v = add(mul(second, beta2), square(gradient));
      return { change: div(mul(m, times(scalars.change, factor)), add(sqrt(v), scalars.epsilon)), slots: [m, v] };
    },
  };
}
