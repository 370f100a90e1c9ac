/** The length of a vector. */
import Type from "typebox";
import { abs, cast, div, equal, mul, reduceMax, reduceSum, sqrt, square, where } from "../../../onnx/functions.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { anyNumeric, numericType, withUnit } from "../elementwise.js";

export default genericTensorStep({
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
    const sizes = abs(cast(value, "float64"));
    if (kind === "sum") return { outputs: { value: reduceSum(sizes) } };
    const most = reduceMax(sizes);
    if (kind === "max") return { outputs: { value: most } };
    const none = equal(most, 0);
    const scaled = div(sizes, where(none, 1, most));
    const squares = reduceSum(square(scaled));
    return { outputs: { value: where(none, 0, mul(most, sqrt(where(none, 1, squares)))) } };
  },
});
