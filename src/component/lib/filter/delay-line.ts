/** The value of some samples ago. */
import Type from "typebox";
import { elementwise } from "../elementwise.js";

export default elementwise({
  name: "filter/delay-line",
  doc: "The value of `samples` firings ago (z⁻ⁿ), and `initial` until there is one. For a delay in seconds give the input `delay: 10ms` instead.",
  params: Type.Object({
    samples: Type.Integer({ minimum: 0, maximum: 10_000, default: 1 }),
    initial: Type.Number({ default: 0, description: "every element before the first value has come through" }),
  }),
  keepsAll: true,
  state: () => ({ past: [] as readonly Float64Array[] }),
  step(x, { past }, { params: { samples, initial } }) {
    if (samples === 0) return { value: x };
    const full = past.length === samples;
    return {
      value: full ? past[0]! : new Float64Array(x.length).fill(initial),
      state: { past: [...(full ? past.slice(1) : past), x] },
    };
  },
});
