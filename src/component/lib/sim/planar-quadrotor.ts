/** A quadrotor that flies in a vertical plane. */
import Type from "typebox";
import { signal, tensor } from "../../ports.js";
import { step } from "../../step.js";
import { rk4 } from "../integrate.js";
import { above0, atLeast0, gravity, step as longest } from "./common.js";

export default step({
  doc: "A rigid body with two thrusts at ±arm: m·ẍ = −(f₁ + f₂)·sin θ − drag·ẋ, m·z̈ = (f₁ + f₂)·cos θ − m·g − drag·ż, J·θ̈ = arm·(f₂ − f₁), where f₂ is the thrust on the +x side. `state` is [x m, z m, θ rad, ẋ m/s, ż m/s, θ̇ rad/s]. Thrusts are limited to 0 … max_thrust. Integrated by RK4 from its last firing to now under the held thrusts.",
  params: Type.Object({
    mass: above0("kg", 0.5),
    inertia: above0("kg·m^2", 0.005),
    arm: above0("m", 0.2),
    max_thrust: above0("N", 10, "of each rotor"),
    drag: atLeast0("N·s/m", 0),
    gravity,
    state0: Type.Array(Type.Number(), {
      minItems: 6,
      maxItems: 6,
      default: [0, 0, 0, 0, 0, 0],
      description: "state at the start",
    }),
    step: longest,
  }),
  inputs: { thrust: signal(tensor([2], { unit: "N" })) },
  outputs: { state: tensor([6], { description: "x m, z m, θ rad, ẋ m/s, ż m/s, θ̇ rad/s" }) },
  state: ({ state0 }) => state0 as [number, number, number, number, number, number],
  step({ thrust }, state, { dt, params: { mass, inertia, arm, max_thrust, drag, gravity, step } }) {
    const [f1, f2] = thrust.map((f) => Math.min(max_thrust, Math.max(0, f))) as unknown as [number, number];
    const lift = (f1 + f2) / mass;
    const spin = (arm * (f2 - f1)) / inertia;
    const next = rk4(state, dt, step, ([, , angle, vx, vz, rate]) => [
      vx,
      vz,
      rate,
      -lift * Math.sin(angle) - (drag / mass) * vx,
      lift * Math.cos(angle) - gravity - (drag / mass) * vz,
      spin,
    ]);
    return { outputs: { state: Float64Array.from(next) }, state: next };
  },
});
