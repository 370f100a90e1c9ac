/** Forward kinematics of any chain: from joint values to the place of its end. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { orderParam, quaternionOf, writeQuaternion } from "../vector.js";
import { chainParams, checkChain, jointsType, poseOf } from "./dh.js";

export default genericStep({
  doc: "Where the end of a chain of links is, by Denavit–Hartenberg parameters: `pose` is its homogeneous transform in the base's frame, `position` and `rotation` (a unit quaternion with w ≥ 0) its parts. Joint values in rad or m. Source: Spong, Hutchinson, Vidyasagar, Robot Modeling and Control, section 3.2; with `modified` Craig, Introduction to Robotics, section 3.4.",
  params: Type.Object({ ...chainParams, order: orderParam }),
  ports({ links }) {
    checkChain(links);
    return {
      inputs: { joints: jointsType(links) },
      outputs: { pose: tensor([4, 4]), position: tensor([3], { unit: "m" }), rotation: tensor([4]) },
    };
  },
  step({ joints }, _, { params: { links, convention, order } }) {
    const { end } = poseOf(links, convention, joints);
    return {
      outputs: {
        pose: Float64Array.of(...end, 0, 0, 0, 1),
        position: Float64Array.of(end[3]!, end[7]!, end[11]!),
        rotation: writeQuaternion(quaternionOf(end), order),
      },
    };
  },
});
