/** Forward kinematics of any chain: from joint values to the place of its end. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import type { Num } from "../arithmetic.js";
import { joined, parts } from "../parts.js";
import { orderParam, quaternionOf, writeQuaternion } from "../vector.js";
import { chainParams, checkChain, jointsType, poseOf } from "./dh.js";

export default genericTensorStep({
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
    const { end } = poseOf<Num>(links, convention, parts(joints));
    return {
      outputs: {
        pose: joined([...end, 0, 0, 0, 1], [4, 4]),
        position: joined([end[3]!, end[7]!, end[11]!]),
        rotation: joined(writeQuaternion(quaternionOf(end), order)),
      },
    };
  },
});
