/** Takes out what is too small to act on. */
import Type from "typebox";
import { at, checkEach, checkOrder, eachOrAll, elementwise } from "../elementwise.js";

export default elementwise({
  name: "filter/dead-band",
  doc: "0 between `lower` and `upper`, and outside of them how far the value is beyond: continuous, with slope 1. In units of the value.",
  params: Type.Object({
    lower: eachOrAll({ examples: [-0.1] }),
    upper: eachOrAll({ examples: [0.1] }),
  }),
  check({ lower, upper }, width) {
    checkEach("lower", lower, width);
    checkEach("upper", upper, width);
    checkOrder(["lower", lower], ["upper", upper]);
  },
  step: (x, _, { params: { lower, upper } }) => ({
    value: x.map((v, i) => (v > at(upper, i) ? v - at(upper, i) : v < at(lower, i) ? v - at(lower, i) : 0)),
  }),
});
