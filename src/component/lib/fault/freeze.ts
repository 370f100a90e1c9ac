/** A sensor that gets stuck and goes on saying the same. */
import Type from "typebox";
import type { Message } from "../../../message/type.js";
import { genericStep } from "../../step.js";
import { active, checkDuring, during } from "./during.js";
import { kind, passing } from "./passing.js";

export default genericStep({
  doc: "While the fault is at work it repeats the last message from before: from `from` to `until`, or with `rate` and `hold` at random within that time: freezes that begin `rate` times a second on average (Poisson) and last for `hold` each. Messages of any type.",
  params: Type.Object({
    rate: Type.Optional(Type.Number({ exclusiveMinimum: 0, unit: "Hz", description: "freezes a second" })),
    hold: Type.Number({ default: 1, exclusiveMinimum: 0, unit: "s", description: "how long a random freeze lasts" }),
    kind,
    ...during,
  }),
  ports(params, types) {
    checkDuring(params);
    return passing(params, types);
  },
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
});
