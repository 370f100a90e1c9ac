/** A polynomial of each element. */
import Type from "typebox";
import { add, mul, type Num } from "../arithmetic.js";
import { elementwise } from "../elementwise.js";

export default elementwise({
  name: "math/polynomial",
  doc: "c₀ + c₁·x + c₂·x² + …, by Horner's rule: a calibration curve, a gain and an offset.",
  params: Type.Object({
    coefficients: Type.Array(Type.Number(), {
      minItems: 1,
      maxItems: 64,
      description: "c₀, c₁, c₂, …: the constant first",
      examples: [[0, 1]],
    }),
    unit: Type.Optional(Type.String({ description: "unit of the result" })),
  }),
  unit: ({ unit }) => unit,
  step: (x, _, { params: { coefficients } }) => ({
    value: coefficients.reduceRight<Num>((sum, c) => add<Num>(mul<Num>(sum, x), c), 0),
  }),
});
