/** The value of some samples ago. */
import Type from "typebox";
import { concat, slice, squeeze, unsqueeze } from "../../../onnx/functions.js";
import { elementwise } from "../elementwise.js";

export default elementwise({
  name: "filter/delay-line",
  doc: "The value of `samples` firings ago (z⁻ⁿ), and `initial` until there is one. For a delay in seconds give the input `delay: 10ms` instead.",
  params: Type.Object({
    samples: Type.Integer({ minimum: 0, maximum: 10_000, default: 1 }),
    initial: Type.Number({ default: 0, description: "every element before the first value has come through" }),
  }),
  keepsAll: true,
  state({ samples, initial }, { dims, data }) {
    const past = new Float64Array(samples * data.length).fill(initial);
    return { past: { dims: [samples, ...dims], data: past } };
  },
  step(x, { past }, { params: { samples } }) {
    if (samples === 0) return { value: x };
    const newest = unsqueeze(x, [0]);
    return {
      value: squeeze(slice(past, [0], [1], [0]), [0]),
      state: { past: samples === 1 ? newest : concat([slice(past, [1], [samples], [0]), newest], 0) },
    };
  },
});
