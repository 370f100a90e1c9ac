/** Stochastic gradient descent, with momentum (Polyak 1964) and Nesterov's look-ahead (Sutskever et al. 2013). */
import { add, mul, sub } from "../../onnx/functions.js";
import { type Optimiser, times } from "../optimiser.js";

export interface SgdOptions {
  /** Share of the last change that is kept (default 0). */
  readonly momentum?: number;
  /** Default false; it wants momentum. */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the weight (default 0). */
  readonly weight_decay?: number;
}

/**
 * SGD with these settings: b ← μ·b + g, w ← w − rate·b, or with Nesterov w ← w − rate·(g + μ·b).
 *
 * @example
 * sgd({ momentum: 0.9 }).slots // 1
 */
export function sgd({ momentum = 0, nesterov = false, weight_decay = 0 }: SgdOptions = {}): Optimiser {
  return {
    name: "sgd",
    slots: momentum === 0 ? 0 : 1,
    weight_decay,
    scalars: (_, rate) => ({ rate }),
    update({ parameters, gradient, slots: [before], scalars, factor, decay }) {
      const pulled = decay === 0 ? gradient : add(gradient, mul(parameters, decay));
      const rate = times(scalars.rate, factor);
      if (before === undefined) return { parameters: sub(parameters, mul(pulled, rate)), slots: [] };
      const after = add(mul(before, momentum), pulled);
      const way = nesterov ? add(pulled, mul(after, momentum)) : after;
      return { parameters: sub(parameters, mul(way, rate)), slots: [after] };
    },
  };
}
