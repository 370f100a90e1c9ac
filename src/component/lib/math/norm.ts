/** The length of a vector. */
import Type from "typebox";
import { genericStep } from "../../step.js";
import { anyNumeric, elementsOf, numericType, withUnit } from "../elementwise.js";

export default genericStep({
  doc: "The norm of all elements: `euclidean` the length (scaled, so that nothing overflows), `sum` the sum of magnitudes, `max` the greatest magnitude. In the unit of the value.",
  params: Type.Object({
    kind: Type.Enum(["euclidean", "sum", "max"], { default: "euclidean" }),
  }),
  ports(_, { value }) {
    if (value === undefined) return { inputs: { value: anyNumeric }, outputs: { value: Type.Number() } };
    const type = numericType("math/norm", value);
    return { inputs: { value: type }, outputs: { value: withUnit(Type.Number(), value.unit) } };
  },
  step({ value }, _, { params: { kind } }) {
    let sum = 0;
    let max = 0;
    for (const x of elementsOf(value)) {
      sum += Math.abs(x);
      max = Math.max(max, Math.abs(x));
    }
    if (kind !== "euclidean" || max === 0) return { outputs: { value: kind === "sum" ? sum : max } };
    let squares = 0;
    for (const x of elementsOf(value)) squares += (x / max) ** 2;
    return { outputs: { value: max * Math.sqrt(squares) } };
  },
});
