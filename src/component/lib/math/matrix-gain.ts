/** A constant matrix times a vector. */
import Type from "typebox";
import { cast, matmul, reshape } from "../../../onnx/functions.js";
import { tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { numericType, widthOf } from "../elementwise.js";
import { checkSize, matrixParam } from "../matrix.js";

export default genericTensorStep({
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
  step({ value }, _, { constant, params: { matrix } }) {
    const x = reshape(cast(value, "float64"), [-1]);
    return { outputs: { value: matmul(constant(matrix), x) } };
  },
});
