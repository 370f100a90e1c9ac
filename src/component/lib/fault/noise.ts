/** A sensor that is not still. */
import Type from "typebox";
import type { Message } from "../../../message/type.js";
import { genericStep } from "../../step.js";
import { at, checkEach, eachOrAll } from "../elementwise.js";
import { active, checkDuring, during } from "./during.js";
import { checkFloats, floatCount, type MapFloats } from "./floats.js";
import { kind, passing } from "./passing.js";

export default genericStep({
  doc: "Adds noise of mean 0 and standard deviation `deviation`, drawn anew at each firing and for each floating-point number of the message: normal, or uniform in ±√3·deviation.",
  params: Type.Object({
    deviation: eachOrAll({ minimum: 0, description: "in units of the value", examples: [0.01] }),
    distribution: Type.Enum(["normal", "uniform"], { default: "normal" }),
    kind,
    ...during,
  }),
  ports(params, types) {
    checkDuring(params);
    if (types.value !== undefined) {
      checkFloats("fault/noise", types.value);
      checkEach("deviation", params.deviation, floatCount(types.value));
    }
    return passing(params, types);
  },
  random: true,
  prepare: (_, { value }): MapFloats => checkFloats("fault/noise", value!),
  step({ value }, _, { time, params, rng }, floats) {
    if (!active(params, time)) return { outputs: { value } };
    const draw = () => (params.distribution === "normal" ? rng.normal() : Math.sqrt(3) * rng.between(-1, 1));
    return { outputs: { value: floats(value as Message, (x, i) => x + at(params.deviation, i) * draw()) } };
  },
});
