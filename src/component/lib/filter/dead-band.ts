/** Takes out what is too small to act on. */
import Type from "typebox";
import { choose, greater, less, sub } from "../arithmetic.js";
import { checkEach, checkOrder, eachOrAll, elementwise } from "../elementwise.js";

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
  step(x, _, { each, params }) {
    const [lower, upper] = [each(params.lower), each(params.upper)];
    return { value: choose(greater(x, upper), sub(x, upper), choose(less(x, lower), sub(x, lower), 0)) };
  },
});
