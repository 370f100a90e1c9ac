/**
 * Adam (Kingma & Ba 2015) with decoupled weight decay (AdamW, Loshchilov & Hutter 2019).
 *
 * The moments are kept without their (1 − β) factors, M ← β₁M + g and V ← β₂V + g², and those factors and the bias
 * corrections are folded into the rate and ε of the step: the same step in fewer passes over memory.
 */
import { add, div, mul, sqrt, square, sub } from "../../onnx/functions.js";
import type { Optimiser } from "../optimiser.js";

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Share of each weight taken away per step, times the rate (default 0). */
  readonly weight_decay?: number;
}

/**
 * The optimiser with these settings.
 *
 * @example
 * adam({ weight_decay: 1e-3 }).scalars(1, 0.01) // { rate: 0.01, epsilon: 1e-8, decay: 0.00001 }
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0 }: AdamOptions = {}): Optimiser {
  return {
    name: "adam",
    slots: 2,
    scalars(step, rate) {
      // √V̂ = c·√V, so that m̂ / (√V̂ + ε) = (1 − β₁) / (1 − β₁ᵗ) / c · M / (√V + ε / c)
      const c = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      return {
        rate: (rate * (1 - beta1)) / (1 - beta1 ** step) / c,
        epsilon: epsilon / c,
        ...(weight_decay > 0 && { decay: rate * weight_decay }),
      };
    },
    update({ parameters, gradient, slots: [first, second], scalars, decays }) {
      const m = add(mul(first, beta1), gradient);
      const v = add(mul(second, beta2), square(gradient));
      const change = div(mul(m, scalars.rate), add(sqrt(v), scalars.epsilon));
      const kept = weight_decay > 0 ? mul(parameters, sub(1, mul(decays, scalars.decay))) : parameters;
      return { parameters: sub(kept, change), slots: [m, v] };
    },
  };
}
