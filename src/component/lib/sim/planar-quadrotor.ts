/** A quadrotor that flies in a vertical plane. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { signal, tensor } from "../../ports.js";
import { add, between, cos, div, mul, neg, sin, sub } from "../arithmetic.js";
import { joined, parts } from "../parts.js";
import { above0, atLeast0, gravity, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
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
  state({ state0 }) {
    const [x, z, angle, vx, vz, rate] = state0 as [number, number, number, number, number, number];
    return { x, z, angle, vx, vz, rate };
  },
  step({ thrust }, state, { dt, period, params }) {
    const { mass, inertia, arm, max_thrust, drag, gravity, step: longest } = params;
    const [f1, f2] = parts(between(0, thrust, max_thrust)) as [Value, Value];
    const lift = div(add(f1, f2), mass);
    const spin = div(mul(arm, sub(f2, f1)), inertia);
    const next = integrated(
      { dt, period },
      {
        state,
        longest,
        derivative: ({ angle, vx, vz, rate }) => ({
          x: vx,
          z: vz,
          angle: rate,
          vx: sub(neg(mul(lift, sin(angle))), mul(drag / mass, vx)),
          vz: sub(sub(mul(lift, cos(angle)), gravity), mul(drag / mass, vz)),
          rate: spin,
        }),
      },
    );
    const { x, z, angle, vx, vz, rate } = next;
    return { outputs: { state: joined([x, z, angle, vx, vz, rate]) }, state: next };
  },
});
