/** Keeps a value within bounds. */
import Type from "typebox";
import { between } from "../arithmetic.js";
import { checkEach, checkOrder, eachOrAll, elementwise } from "../elementwise.js";
import { refuse } from "../refuse.js";

export default elementwise({
  name: "filter/saturation",
  doc: "The value, no less than `lower` and no more than `upper`, in units of the value.",
  params: Type.Object({
    lower: Type.Optional(eachOrAll({})),
    upper: Type.Optional(eachOrAll({ examples: [1] })),
  }),
  check({ lower, upper }, width) {
    if (lower === undefined && upper === undefined)
      refuse(undefined, "`filter/saturation` has neither bound", "Give `lower`, `upper`, or both.");
    checkEach("lower", lower, width);
    checkEach("upper", upper, width);
    if (lower !== undefined && upper !== undefined) checkOrder(["lower", lower], ["upper", upper]);
  },
  step: (x, _, { each, params: { lower = -Infinity, upper = Infinity } }) => ({
    value: between(each(lower), x, each(upper)),
  }),
});
