/** One rotation after another. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { step } from "../../step.js";
import { orderParam, product, readQuaternion, writeQuaternion } from "../vector.js";

export default step({
  doc: "Hamilton's product a·b of two quaternions: as rotations, b first and then a. The length of the result is the product of the lengths. Source: Diebel, Representing Attitude (2006), section 6.",
  params: Type.Object({ order: orderParam }),
  inputs: { a: tensor([4]), b: tensor([4]) },
  outputs: { value: tensor([4]) },
  step: ({ a, b }, _, { params: { order } }) => ({
    outputs: { value: writeQuaternion(product(readQuaternion(a, order), readQuaternion(b, order)), order) },
  }),
});
