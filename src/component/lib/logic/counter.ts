/** Counts how often something has become true. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { step } from "../../step.js";

export default step({
  doc: "Counts the rising edges of a condition; what is true at the first firing counts as one. While `reset` is true the count is 0. At `maximum` it stays, or with `wraps` begins again at 0.",
  params: Type.Object({
    maximum: Type.Integer({
      default: Number.MAX_SAFE_INTEGER,
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "the highest count",
    }),
    wraps: Type.Boolean({ default: false }),
  }),
  inputs: { value: Type.Boolean(), reset: signal(Type.Boolean(), { optional: true }) },
  outputs: { count: Type.Integer({ minimum: 0 }) },
  state: () => ({ count: 0, was: false }),
  step({ value, reset = false }, { count: before, was }, { params: { maximum, wraps } }) {
    const more = value && !was ? 1 : 0;
    const over = before + more > maximum;
    const count = reset ? 0 : over ? (wraps ? 0 : maximum) : before + more;
    return { outputs: { count }, state: { count, was: value } };
  },
});
