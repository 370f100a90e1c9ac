/** A sensor that is silent now and then. */
import Type, { type Static } from "typebox";
import { and, less, not, squeeze, where } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { InputTypes } from "../../component.js";
import { DRAWN } from "../../draws.js";
import { genericStep } from "../../step.js";
import { type SymbolicStates, type TensorContext, when } from "../../tensor/symbolic.js";
import { refuse } from "../refuse.js";
import { drawn } from "./drawn.js";
import { active, activeAt, checkDuring, during } from "./during.js";
import { kind, passing } from "./passing.js";

const Params = Type.Object({
  loss: Type.Number({ minimum: 0, maximum: 1, description: "share of the messages, 0 to 1", examples: [0.1] }),
  burst: Type.Optional(Type.Number({ minimum: 1, description: "mean number of messages lost in a row" })),
  kind,
  ...during,
});

const lossy = {
  doc: "Loses the share `loss` of all messages while the fault is at work: each by itself, or with `burst` in runs of that many on average. Messages of any type. Source of the bursts: Gilbert, Capacity of a Burst-Noise Channel, BSTJ 39 (1960).",
  params: Params,
  ports(params: Static<typeof Params>, types: InputTypes) {
    checkDuring(params);
    const { loss, burst } = params;
    if (burst !== undefined && loss < 1 && loss > burst / (burst + 1))
      refuse(
        "burst",
        `a loss of ${loss} takes longer bursts than ${burst}: between two there is a message that comes through`,
        `Set \`burst\` to ${Math.ceil(loss / (1 - loss))} or more, or lower \`loss\` to ${Math.floor((burst / (burst + 1)) * 1000) / 1000}.`,
      );
    return passing(params, types);
  },
};

const step = genericStep({
  ...lossy,
  random: true,
  state: () => ({ lost: false }),
  step({ value }, { lost: before }, { time, params, rng }) {
    if (!active(params, time)) return { outputs: { value }, state: { lost: false } };
    const { loss, burst } = params;
    const lost = rng.uniform() < chance(loss, burst, before);
    return { outputs: lost ? {} : { value }, state: { lost } };
  },
});

const symbolic = {
  ...lossy,
  state: () => ({ lost: false }),
  step(
    { value, [DRAWN]: drawn }: { readonly [port: string]: Value },
    { lost: before }: SymbolicStates<{ lost: boolean }>,
    { time, params, constant }: TensorContext<Static<typeof Params>>,
  ) {
    const { loss, burst } = params;
    const share = where(before, constant(chance(loss, burst, true)), chance(loss, burst, false));
    const lost = and(activeAt(params, time), less(squeeze(drawn!, [0]), share));
    return { outputs: { value: when(not(lost), value) }, state: { lost } };
  },
};

export default { ...step, draws: drawn(symbolic, { size: () => 1, draw: (rng) => rng.uniform() }) };

/** The chance that a message is lost, after one that was lost or was not. */
function chance(loss: number, burst: number | undefined, before: boolean): number {
  if (burst === undefined || loss === 1) return loss;
  return before ? 1 - 1 / burst : loss / (burst * (1 - loss));
}
