/** The vector that stands on two others. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { joined, parts } from "../parts.js";
import { cross } from "../vector.js";

export default genericTensorStep({
  doc: "a × b of two vectors in space: as long as the parallelogram between them is large, by the right-hand rule.",
  params: Type.Object({
    unit: Type.Optional(Type.String({ description: "unit of the result, the product of the two" })),
  }),
  ports({ unit }, { a, b }) {
    const vector = (type: typeof a) => tensor([3], type?.unit === undefined ? {} : { unit: type.unit });
    return {
      inputs: { a: vector(a), b: vector(b) },
      outputs: { value: tensor([3], unit === undefined ? {} : { unit }) },
    };
  },
  step: ({ a, b }) => ({ outputs: { value: joined(cross(parts(a), parts(b))) } }),
});
