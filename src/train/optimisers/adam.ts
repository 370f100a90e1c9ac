/** Adam (Kingma & Ba 2015). Weight decay, where asked for, is a part of the gradient (L2); `adamW` takes it apart. */
import { add, mul, sub } from "../../onnx/functions.js";
import type { Optimiser } from "../optimiser.js";
import { type AdamOptions, moments } from "./moments.js";

/**
 * Adam with these settings; no weight decay by default.
 *
 * @example
 * adam().scalars(1, 0.01) // { change: 0.01, epsilon: 1e-8 }
 */
export function adam(options: AdamOptions = {}): Optimiser {
  const { scalars, change } = moments(options);
  return {
    name: "adam",
    slots: 2,
    weight_decay: options.weight_decay ?? 0,
    scalars,
    update({ parameters, gradient, slots, scalars: now, factor, decay }) {
      const pulled = decay === 0 ? gradient : add(gradient, mul(parameters, decay));
      const step = change(pulled, slots, now, factor);
      return { parameters: sub(parameters, step.change), slots: step.slots };
    },
  };
}
