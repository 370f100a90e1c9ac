/** A linear warm-up in front of another schedule. */
import type { Schedule } from "../schedule.js";

/**
 * The rate rises over the first `warm` steps (a share of all steps when below 1), and `then` spans the rest.
 *
 * @example
 * const { factor } = warmup(0.1, cosine());
 * [5, 10, 55, 100].map((step) => factor(step, 100)) // [≈0.4998, ≈0.9997, 0.5, 0]
 */
export const warmup = (warm: number, then: Schedule): Schedule => ({
  name: `warmup-${then.name}`,
  factor(step, steps) {
    const rising = warm < 1 ? warm * steps : Math.min(warm, steps);
    if (step <= rising) return (step / rising) * then.factor(1, Math.max(1, steps - rising));
    return then.factor(step - rising, steps - rising);
  },
});
