/** A two-link arm with gravity, friction and noisy encoders: the plant of a reaching task. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { signal, tensor } from "../../ports.js";
import { add, div, mul, sub, tanh } from "../arithmetic.js";
import { acceleration, linkParams, tipOf } from "../dynamics/two-link.js";
import { joined, parts } from "../parts.js";
import { simulated } from "../simulated.js";
import { integrated, plant } from "./plant.js";

const pair = (options: object) => Type.Array(Type.Number(), { minItems: 2, maxItems: 2, ...options });

const arm = plant({
  doc: "Two uniform rods in a vertical plane, driven at both joints, with viscous and Coulomb friction and encoder noise. Integrated by RK4 from its last firing to now under the held torque.",
  params: Type.Object({
    ...linkParams,
    q0: pair({ default: [0, 0], unit: "rad", description: "joint angles at the start" }),
    w0: pair({ default: [0, 0], unit: "rad/s", description: "joint velocities at the start" }),
    viscous: Type.Number({ default: 0.3, minimum: 0, unit: "N·m·s/rad" }),
    coulomb: Type.Number({ default: 0.1, minimum: 0, unit: "N·m" }),
    noise: Type.Number({
      default: 0,
      minimum: 0,
      unit: "rad",
      description: "standard deviation of the angle encoders",
    }),
    velocity_noise: Type.Number({ default: 0, minimum: 0, unit: "rad/s" }),
    step: Type.Number({
      default: 0.001,
      exclusiveMinimum: 0,
      unit: "s",
      description: "longest step of the integrator",
    }),
  }),
  inputs: { torque: signal(tensor([2], { unit: "N·m" })) },
  outputs: {
    joints: Type.Object({
      position: tensor([2], { unit: "rad", wraps: true }),
      velocity: tensor([2], { unit: "rad/s" }),
    }),
    tip: tensor([2], { unit: "m" }),
  },
  state: ({ q0, w0 }) => ({ q1: q0[0]!, q2: q0[1]!, w1: w0[0]!, w2: w0[1]! }),
  step({ torque }, before, { dt, period, params }) {
    const { viscous, coulomb, step: longest } = params;
    const [t1, t2] = parts(torque) as [Value, Value];
    const friction = (w: Value) => add(mul(viscous, w), mul(coulomb, tanh(div(w, 0.05))));
    const state = integrated(
      { dt, period },
      {
        state: before,
        longest,
        derivative({ q1, q2, w1, w2 }) {
          const [a1, a2] = acceleration(params, [q1, q2, w1, w2], sub(t1, friction(w1)), sub(t2, friction(w2)));
          return { q1: w1, q2: w2, w1: a1, w2: a2 };
        },
      },
    );
    const { q1, q2, w1, w2 } = state;
    const joints = { position: joined([q1, q2]), velocity: joined([w1, w2]) };
    return { outputs: { joints, tip: joined(tipOf(params.lengths, q1, q2)) }, state };
  },
});

export default simulated(arm, {
  noise: ({ noise, velocity_noise }) => ({
    deviations: { "joints:position": noise, "joints:velocity": velocity_noise },
  }),
});
