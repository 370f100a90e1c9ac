/** A relay with two thresholds: what has switched on stays on until the value has clearly fallen. */
import Type from "typebox";
import { at, checkEach, checkOrder, eachOrAll, elementwise } from "../elementwise.js";

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
  state: (_, width) => ({ above: new Uint8Array(width) }),
  step(x, state, { params: { lower, upper, off, on } }) {
    const above = state.above.map((was, i) => (x[i]! >= at(upper, i) ? 1 : x[i]! <= at(lower, i) ? 0 : was));
    return { value: x.map((_, i) => (above[i] === 1 ? on : off)), state: { above } };
  },
});
