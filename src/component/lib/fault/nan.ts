/** A sensor that says nonsense. */
import Type, { type Static } from "typebox";
import type { Message } from "../../../message/type.js";
import { and, greaterOrEqual, less, or, where } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { InputTypes } from "../../component.js";
import { genericStep } from "../../step.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { alsoTensor } from "../also-tensor.js";
import { active, checkDuring, during } from "./during.js";
import { checkFloats, type MapFloats, mapSymbolicFloats } from "./floats.js";
import { kind, passing } from "./passing.js";

const Params = Type.Object({
  rate: Type.Number({ default: 0, minimum: 0, maximum: 1, description: "share of the messages, 0 to 1" }),
  at: Type.Array(Type.Number({ minimum: 0 }), { default: [], description: "in s since the run began" }),
  kind,
  ...during,
});

const spoilt = {
  doc: "Makes every floating-point number of a message NaN: in the share `rate` of the messages while the fault is at work, and in the first message at or after each time in `at`.",
  params: Params,
  ports(params: Static<typeof Params>, types: InputTypes) {
    checkDuring(params);
    if (types.value !== undefined) checkFloats("fault/nan", types.value);
    return passing(params, types);
  },
};

export default alsoTensor(
  genericStep({
    ...spoilt,
    random: true,
    state: () => Number.NEGATIVE_INFINITY,
    prepare: (_, { value }): MapFloats => checkFloats("fault/nan", value!),
    step({ value }, before, { time, params, rng }, floats) {
      const drawn = params.rate > 0 && active(params, time) && rng.uniform() < params.rate;
      const due = params.at.some((t) => t <= time && t > before);
      return { outputs: { value: drawn || due ? floats(value as Message, () => Number.NaN) : value }, state: time };
    },
  }),
  genericTensorStep({
    ...spoilt,
    state: () => ({ before: Number.NEGATIVE_INFINITY }),
    prepare: (_, { value }) => value!,
    step({ value }, { before }, { time, params: { at } }, type) {
      const due = at.map((t) => and(greaterOrEqual(time, t), less(before, t)));
      const spoils = due.reduce<Value | undefined>((any, one) => (any === undefined ? one : or(any, one)), undefined);
      const said =
        spoils === undefined ? value : mapSymbolicFloats(type, value, (part) => where(spoils, Number.NaN, part));
      return { outputs: { value: said }, state: { before: time } };
    },
  }),
  ({ rate }) => rate > 0,
);
