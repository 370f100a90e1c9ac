import { step, Type, tensor } from "limbeck";

/** The short way round from one angle to another, in rad. */
const turn = (from: number, to: number) => Math.atan2(Math.sin(to - from), Math.cos(to - from));

const angles = tensor([2], { unit: "rad", wraps: true });
const torques = tensor([2], { unit: "N·m" });

export default step({
  doc: "Drives two joints to their targets: torque = kp · (target − position) − kd · velocity + gravity, at most ±limit.",
  params: Type.Object({
    kp: Type.Number({ unit: "N·m/rad" }),
    kd: Type.Number({ unit: "N·m·s/rad" }),
    limit: Type.Number({ default: 60, exclusiveMinimum: 0, unit: "N·m" }),
  }),
  inputs: {
    target: angles,
    joints: Type.Object({ position: angles, velocity: tensor([2], { unit: "rad/s" }) }),
    gravity: torques,
  },
  outputs: { torque: torques },
  step({ target, joints, gravity }, _state, { params: { kp, kd, limit } }) {
    const { position, velocity } = joints;
    const torque = target.map((goal, i) => {
      const wanted = kp * turn(position[i]!, goal) - kd * velocity[i]! + gravity[i]!;
      return Math.min(limit, Math.max(-limit, wanted));
    });
    return { outputs: { torque } };
  },
});
