/** Counts how often something has become true. */
import Type from "typebox";
import { add, and, greater, not, where } from "../../../onnx/functions.js";
import { signal } from "../../ports.js";
import { tensorStep } from "../../tensor/tensor.js";

export default tensorStep({
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
  state: () => ({ count: 0n, was: false }),
  step({ value, reset }, { count: before, was }, { params: { maximum, wraps } }) {
    const rises = and(value, not(was));
    const more = where(rises, add(before, 1), before);
    const counted = where(greater(more, maximum), wraps ? 0 : maximum, more);
    const count = reset === undefined ? counted : where(reset, 0, counted);
    return { outputs: { count }, state: { count, was: value } };
  },
});
