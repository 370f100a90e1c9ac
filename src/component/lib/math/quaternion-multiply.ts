/** One rotation after another. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { tensor } from "../../ports.js";
import { tensorStep } from "../../tensor/tensor.js";
import { joined, parts } from "../parts.js";
import { orderParam, product, type Quaternion, readQuaternion, writeQuaternion } from "../vector.js";

export default tensorStep({
  doc: "Hamilton's product a·b of two quaternions: as rotations, b first and then a. The length of the result is the product of the lengths. Source: Diebel, Representing Attitude (2006), section 6.",
  params: Type.Object({ order: orderParam }),
  inputs: { a: tensor([4]), b: tensor([4]) },
  outputs: { value: tensor([4]) },
  step({ a, b }, _, { params: { order } }) {
    const [p, q] = [a, b].map((x) => readQuaternion(parts(x), order)) as [Quaternion<Value>, Quaternion<Value>];
    return { outputs: { value: joined(writeQuaternion(product(p, q), order)) } };
  },
});
