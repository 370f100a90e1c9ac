/** A vector turned by a quaternion. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { orderParam, readQuaternion, rotate } from "../vector.js";

export default genericStep({
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
    const [w, x, y, z] = readQuaternion(rotation, order);
    return { outputs: { vector: Float64Array.from(rotate([inverse ? -w : w, x, y, z], vector)) } };
  },
});
