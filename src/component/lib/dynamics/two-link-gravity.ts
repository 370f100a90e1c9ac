/** The torques that hold a two-link arm against gravity. */
import Type from "typebox";
import { tensor } from "../../ports.js";
import { step } from "../../step.js";
import { gravityTorque, linkParams } from "./two-link.js";

export default step({
  doc: "Gravity torques of a two-link arm of uniform rods at the measured joint angles (N·m).",
  params: Type.Object(linkParams),
  inputs: {
    joints: Type.Object({
      position: tensor([2], { unit: "rad", wraps: true }),
      velocity: tensor([2], { unit: "rad/s" }),
    }),
  },
  outputs: { torque: tensor([2], { unit: "N·m" }) },
  step: ({ joints }, _, { params }) => ({
    outputs: { torque: Float64Array.from(gravityTorque(params, joints.position[0]!, joints.position[1]!)) },
  }),
});
