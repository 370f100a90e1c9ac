/** L095: training. */
import { error } from "../entry.js";

export const train = {
  L0951: error<{ reason: string }>(
    3,
    "data that cannot be trained on",
    (a) => `training cannot start: ${a.reason}`,
    "Training wants as many input rows as output rows, at least one batch of them, a validation split that is not empty, and finite numbers throughout.",
  ),
  L0952: error<{ steps: number }>(
    1,
    "training diverged",
    (a) => ({
      message: `the loss stopped being a number within ${a.steps} steps, before any epoch ended`,
      help: "Lower `rate`, or set `clip_norm`; look for columns with values far from all others.",
    }),
    "A learning rate that is too high makes the weights grow until they overflow. Once an epoch has ended, its weights are kept and training ends there; before that there is nothing to keep.",
  ),
} as const;
