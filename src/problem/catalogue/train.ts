/** L095: training. */
import { error } from "../entry.js";
import { meantOr } from "./words.js";

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
      help: "Lower the rate, or clip gradients (`clip_norm`); look for columns with values far from all others. If that changes nothing, a gradient is no number: keep roots, logarithms and divisions away from 0, as `sqrt(max(x, 1e-9))` does.",
    }),
    "A learning rate that is too high makes the weights grow until they overflow. Once an epoch has ended, its weights are kept and training ends there; before that there is nothing to keep.\n\nA loss may also be a number and its gradient none, whatever the rate: the slope of `sqrt` at 0 is infinite, and infinity times the 0 that `max(x, 0)` passes back is NaN. In a loop that is fine-tuned every tensor component and the world have a part in the gradient.",
  ),
  L0953: error<{ reason: string }>(
    2,
    "parameters that cannot be trained like this",
    (a) => `the groups of parameters do not hold: ${a.reason}`,
    "A group names parameters, with `*` for any characters, and says at which rate and with which decay they are trained, or that they stay as they are. Each parameter is in one group at most, each pattern names at least one, and at least one parameter is left to train. Only float32 and float64 can be trained.",
  ),
  L0954: error<{ reason: string }>(
    2,
    "an environment that cannot be trained in",
    (a) => `the environment does not hold: ${a.reason}`,
    "An environment gives the loss as a float scalar, the mean over the rows of its batch, or `{ loss, weight, metrics }`, all of them float scalars. It is called once for each size of batch and must ask for the same dropouts, in the same order, each time.",
  ),
  L0955: error<{ reason: string }>(
    3,
    "a check-point that cannot be read",
    (a) => ({
      message: `the check-point cannot be read: ${a.reason}`,
      help: "Resume from another one, or start anew.",
    }),
    "A check-point is one block of bytes with a digest over all of it. One that was cut off or changed is refused as a whole: training on from a state that is nearly right would give a result that nothing can reproduce.",
  ),
  L0956: error<{ what: string }>(
    2,
    "a check-point of another training",
    (a) => ({
      message: `the check-point is of another training: ${a.what} differs`,
      help: "Resume with the options and the data that it was written with, or start anew.",
    }),
    "A resumed training gives the bytes that an uninterrupted one would have given. That can only hold when the environment, the parameters to start from, the data, the seed, the optimiser and the schedule are the same. What does not touch the numbers may differ: threads, the worker, how often check-points are written, patience.",
  ),
  L0957: error<{ option: string; found: string; expected: string }>(
    2,
    "a setting of a training that is out of range",
    (a) => `\`${a.option}\` is ${a.found}, and must be ${a.expected}`,
    "Every setting of a training has a range in which it means something; one outside it is refused before anything runs.",
  ),
  L0958: error<{ option: string; nearest?: string | undefined; known: readonly string[] }>(
    2,
    "a setting that no training has",
    (a) => ({
      message: `a training has no setting \`${a.option}\``,
      help: meantOr(a.nearest, a.known, "There is", ""),
    }),
    "A setting that nobody reads changes nothing, and the training would run without a word with what stands there otherwise: `optimizer: sgd()` with Adam, since the word is `optimiser`.",
  ),
} as const;
