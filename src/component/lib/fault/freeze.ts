/** A sensor that gets stuck and goes on saying the same. */
import Type, { type Static } from "typebox";
import type { Message } from "../../../message/type.js";
import { and, where } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { InputTypes } from "../../component.js";
import { messageParts } from "../../parts.js";
import { genericStep } from "../../step.js";
import type { States, SymbolicStates } from "../../tensor/symbolic.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { alsoTensor } from "../also-tensor.js";
import { mapLeaves } from "../leaves.js";
import { active, activeAt, checkDuring, during } from "./during.js";
import { kind, passing } from "./passing.js";

const Params = Type.Object({
  rate: Type.Optional(Type.Number({ exclusiveMinimum: 0, unit: "Hz", description: "freezes a second" })),
  hold: Type.Number({ default: 1, exclusiveMinimum: 0, unit: "s", description: "how long a random freeze lasts" }),
  kind,
  ...during,
});

const frozen = {
  doc: "While the fault is at work it repeats the last message from before: from `from` to `until`, or with `rate` and `hold` at random within that time: freezes that begin `rate` times a second on average (Poisson) and last for `hold` each. Messages of any type.",
  params: Params,
  ports(params: Static<typeof Params>, types: InputTypes) {
    checkDuring(params);
    return passing(params, types);
  },
};

export default alsoTensor(
  genericStep({
    ...frozen,
    random: true,
    state: () => ({ last: undefined as Message | undefined, until: Number.NEGATIVE_INFINITY }),
    step({ value }, { last, until: thawed }, { time, dt, params, rng }) {
      const { rate, hold } = params;
      const within = active(params, time);
      const begins = rate !== undefined && within && rng.uniform() < -Math.expm1(-rate * dt);
      const until = begins && time >= thawed ? time + hold : thawed;
      const frozen = within && (rate === undefined || time < until);
      const said = frozen && last !== undefined ? last : value;
      return { outputs: { value: said }, state: { last: said, until } };
    },
  }),
  genericTensorStep({
    ...frozen,
    state: (_, { value }) => ({
      ...Object.fromEntries(
        messageParts(value!, "value")
          .zeros()
          .map((zeros, i) => [`last${i}`, zeros]),
      ),
      started: false,
    }),
    step({ value }, before: SymbolicStates<States>, { time, params }) {
      const stuck = and(activeAt(params, time), before.started!);
      const state: { [name: string]: Value } = {};
      const said = mapLeaves([value], ([leaf]) => {
        const name = `last${Object.keys(state).length}`;
        state[name] = where(stuck, before[name]!, leaf!);
        return state[name];
      });
      return { outputs: { value: said }, state: { ...state, started: true } };
    },
  }),
  ({ rate }) => rate !== undefined,
);
