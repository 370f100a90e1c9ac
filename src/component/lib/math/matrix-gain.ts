/** A constant matrix times a vector. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { elementsOf, numericType, widthOf } from "../elementwise.js";
import { apply, checkSize, matrixParam } from "../matrix.js";

export default genericStep({
  doc: "y = K·x: a row of `matrix` gives an element of the result. x is a number or a float tensor, read row-major; y is a vector of float64.",
  params: Type.Object({
    matrix: matrixParam("K", { examples: [[[1, 0]]] }),
    unit: Type.Optional(Type.String({ description: "unit of the result" })),
  }),
  ports({ matrix, unit }, { value }) {
    const width = value === undefined ? matrix[0]!.length : widthOf(value);
    checkSize("matrix", matrix, matrix.length, width, `\`value\` has ${width} elements`);
    return {
      inputs: { value: value === undefined ? tensor([width]) : numericType("math/matrix-gain", value) },
      outputs: { value: tensor([matrix.length], unit === undefined ? {} : { unit }) },
    };
  },
  step: ({ value }, _, { params: { matrix } }) => ({
    outputs: { value: Float64Array.from(apply(matrix, elementsOf(value))) },
  }),
});
