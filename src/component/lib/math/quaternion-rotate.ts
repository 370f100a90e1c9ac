/** A vector turned by a quaternion. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { neg } from "../arithmetic.js";
import { joined, parts } from "../parts.js";
import { simulated } from "../simulated.js";
import { orderParam, readQuaternion, rotate } from "../vector.js";

const rotated = genericTensorStep({
  doc: "q·v·q⁻¹: the vector turned by the quaternion, or with `inverse` turned back. The quaternion may have any length but 0. In the unit of the vector. Source: Diebel, Representing Attitude (2006), section 6.",
  params: Type.Object({
    order: orderParam,
    inverse: Type.Boolean({ default: false }),
  }),
  ports(_, { vector }) {
    const type = tensor([3], vector?.unit === undefined ? {} : { unit: vector.unit });
    return { inputs: { rotation: tensor([4]), vector: type }, outputs: { vector: type } };
  },
  step({ rotation, vector }, _, { params: { order, inverse } }) {
    const [w, x, y, z] = readQuaternion(parts(rotation), order);
    return { outputs: { vector: joined(rotate([inverse ? neg(w) : w, x, y, z], parts(vector))) } };
  },
});

export default simulated(rotated, {
  before({ rotation }) {
    const length = rotation.reduce((sum: number, x: number) => sum + x * x, 0);
    if (!(length > 0)) throw new RangeError("a quaternion of length 0 is no rotation");
  },
});
