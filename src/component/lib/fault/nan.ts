/** A sensor that says nonsense. */
import Type from "typebox";
import type { Message } from "../../../message/type.js";
import { genericStep } from "../../step.js";
import { active, checkDuring, during } from "./during.js";
import { checkFloats, type MapFloats } from "./floats.js";
import { kind, passing } from "./passing.js";

export default genericStep({
  doc: "Makes every floating-point number of a message NaN: in the share `rate` of the messages while the fault is at work, and in the first message at or after each time in `at`.",
  params: Type.Object({
    rate: Type.Number({ default: 0, minimum: 0, maximum: 1, description: "share of the messages, 0 to 1" }),
    at: Type.Array(Type.Number({ minimum: 0 }), { default: [], description: "in s since the run began" }),
    kind,
    ...during,
  }),
  ports(params, types) {
    checkDuring(params);
    if (types.value !== undefined) checkFloats("fault/nan", types.value);
    return passing(params, types);
  },
  random: true,
  state: () => Number.NEGATIVE_INFINITY,
  prepare: (_, { value }): MapFloats => checkFloats("fault/nan", value!),
  step({ value }, before, { time, params, rng }, floats) {
    const drawn = params.rate > 0 && active(params, time) && rng.uniform() < params.rate;
    const due = params.at.some((t) => t <= time && t > before);
    return { outputs: { value: drawn || due ? floats(value as Message, () => Number.NaN) : value }, state: time };
  },
});
