/** A two-link arm with gravity, friction and noisy encoders: the plant of a reaching task. */
import Type from "typebox";
import { signal, tensor } from "../../ports.js";
import { step } from "../../step.js";
import { acceleration, linkParams, tipOf } from "../dynamics/two-link.js";
import { rk4 } from "../integrate.js";

const pair = (options: object) => Type.Array(Type.Number(), { minItems: 2, maxItems: 2, ...options });

export default step({
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
  random: true,
  state: ({ q0, w0 }) => [q0[0]!, q0[1]!, w0[0]!, w0[1]!] as [number, number, number, number],
  step({ torque }, state, { dt, params, rng }) {
    const { viscous, coulomb, noise, velocity_noise } = params;
    const friction = (w: number) => viscous * w + coulomb * Math.tanh(w / 0.05);
    const next = rk4(state, dt, params.step, (x) => {
      const [, , w1, w2] = x;
      const [a1, a2] = acceleration(params, x, torque[0]! - friction(w1), torque[1]! - friction(w2));
      return [w1, w2, a1, a2];
    });
    const [q1, q2, w1, w2] = next;
    return {
      state: next,
      outputs: {
        joints: {
          position: Float64Array.of(q1 + noise * rng.normal(), q2 + noise * rng.normal()),
          velocity: Float64Array.of(w1 + velocity_noise * rng.normal(), w2 + velocity_noise * rng.normal()),
        },
        tip: Float64Array.from(tipOf(params.lengths, q1, q2)),
      },
    };
  },
});
