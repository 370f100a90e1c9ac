/** A relay with two thresholds: what has switched on stays on until the value has clearly fallen. */
import Type from "typebox";
import { and, greaterOrEqual, lessOrEqual, not, or, where } from "../../../onnx/functions.js";
import { checkEach, checkOrder, eachOrAll, elementwise } from "../elementwise.js";
import { sizeOf } from "../types.js";

export default elementwise({
  name: "filter/hysteresis",
  doc: "A relay (Schmitt trigger): `on` once the value is `upper` or more, `off` once it is `lower` or less, in between what it was; `off` before that. Thresholds in units of the value.",
  params: Type.Object({
    lower: eachOrAll({ examples: [0.4] }),
    upper: eachOrAll({ examples: [0.6] }),
    off: Type.Number({ default: 0, description: "the output below" }),
    on: Type.Number({ default: 1, description: "the output above" }),
  }),
  check({ lower, upper }, width) {
    checkEach("lower", lower, width);
    checkEach("upper", upper, width);
    checkOrder(["lower", lower], ["upper", upper]);
  },
  unit: () => undefined,
  state: (_, { dims }) => ({ above: { dtype: "bool", dims, data: new Uint8Array(sizeOf(dims)) } }),
  step(x, { above: was }, { each, constant, params: { lower, upper, off, on } }) {
    const above = or(greaterOrEqual(x, each(upper)), and(was, not(lessOrEqual(x, each(lower)))));
    return { value: where(above, constant(on), constant(off)), state: { above } };
  },
});
