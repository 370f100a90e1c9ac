import { step, Type, tensor } from "limbeck";

/** The short way round from one angle to another, in rad. */
const turn = (from: number, to: number) => Math.atan2(Math.sin(to - from), Math.cos(to - from));

export default step({
  doc: "Drives two joints to their targets: torque = kp · (target − position) − kd · velocity, in N·m.",
  params: Type.Object({
    kp: Type.Number({ unit: "N·m/rad" }),
    kd: Type.Number({ unit: "N·m·s/rad" }),
  }),
  inputs: {
    target: tensor([2]),
    joints: Type.Object({
      position: tensor([2], { unit: "rad", wraps: true }),
      velocity: tensor([2], { unit: "rad/s" }),
    }),
  },
  outputs: { torque: tensor([2]) },
  step({ target, joints }, _state, { params: { kp, kd } }) {
    const torque = target.map((goal, i) => kp * turn(joints.position[i]!, goal) - kd * joints.velocity[i]!);
    return { outputs: { torque } };
  },
});
