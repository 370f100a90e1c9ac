/** Adam with decoupled weight decay (Loshchilov & Hutter 2019): each step also takes rate · decay of each weight away. */
import { mul, sub } from "../../onnx/functions.js";
import { type Optimiser, times } from "../optimiser.js";
import { type AdamOptions, moments } from "./moments.js";

/**
 * AdamW with these settings; weight decay 0.01 by default.
 *
 * @example
 * adamW({ weight_decay: 1e-3 }).scalars(1, 0.01) // { change: 0.01, epsilon: 1e-8, rate: 0.01 }
 */
export function adamW(options: AdamOptions = {}): Optimiser {
  const { scalars, change } = moments(options);
  return {
    name: "adamw",
    slots: 2,
    weight_decay: options.weight_decay ?? 0.01,
    scalars: (step, rate) => ({ ...scalars(step, rate), rate }),
    update({ parameters, gradient, slots, scalars: now, factor, decay }) {
      const step = change(gradient, slots, now, factor);
      const kept = decay === 0 ? parameters : mul(parameters, sub(1, times(times(now.rate, factor), decay)));
      return { parameters: sub(kept, step.change), slots: step.slots };
    },
  };
}
