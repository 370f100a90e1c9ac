/** The torques that hold a two-link arm against gravity. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { tensor } from "../../ports.js";
import { tensorStep } from "../../tensor/tensor.js";
import { joined, parts } from "../parts.js";
import { gravityTorque, linkParams } from "./two-link.js";

export default tensorStep({
  doc: "Gravity torques of a two-link arm of uniform rods at the measured joint angles (N·m).",
  params: Type.Object(linkParams),
  inputs: {
    joints: Type.Object({
      position: tensor([2], { unit: "rad", wraps: true }),
      velocity: tensor([2], { unit: "rad/s" }),
    }),
  },
  outputs: { torque: tensor([2], { unit: "N·m" }) },
  step({ joints }, _, { params }) {
    const [q1, q2] = parts(joints.position) as [Value, Value];
    return { outputs: { torque: joined(gravityTorque(params, q1, q2)) } };
  },
});
