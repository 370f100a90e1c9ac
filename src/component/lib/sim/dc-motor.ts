/** A DC motor with its winding. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { step } from "../../step.js";
import { rk4 } from "../integrate.js";
import { above0, atLeast0, initial, step as longest } from "./common.js";

export default step({
  doc: "L·i̇ = voltage − R·i − k·ω and J·ω̇ = k·i − b·ω − load: a permanent-magnet motor whose torque and back-EMF constants are one number in SI units. Integrated by RK4 from its last firing to now under the held inputs; `step` must be well below L/R. Source: Franklin, Powell, Emami-Naeini, Feedback Control of Dynamic Systems, section 2.3.",
  params: Type.Object({
    resistance: above0("Ω", 1),
    inductance: above0("H", 0.01),
    constant: above0("N·m/A", 0.05, "of torque, and of back-EMF in V·s/rad"),
    inertia: above0("kg·m^2", 0.001),
    friction: atLeast0("N·m·s/rad", 0.0001),
    q0: initial("rad", "angle at the start"),
    w0: initial("rad/s", "velocity at the start"),
    step: longest,
  }),
  inputs: {
    voltage: signal(Type.Number({ unit: "V" })),
    load: signal(Type.Number({ unit: "N·m" }), { optional: true, doc: "torque that brakes a forward motion" }),
  },
  outputs: {
    motor: Type.Object({
      position: Type.Number({ unit: "rad" }),
      velocity: Type.Number({ unit: "rad/s" }),
      current: Type.Number({ unit: "A" }),
    }),
  },
  state: ({ q0, w0 }) => [q0, w0, 0] as [number, number, number],
  step({ voltage, load = 0 }, state, { dt, params }) {
    const { resistance: R, inductance: L, constant: k, inertia: J, friction: b } = params;
    const next = rk4(state, dt, params.step, ([, w, i]) => [
      w,
      (k * i - b * w - load) / J,
      (voltage - R * i - k * w) / L,
    ]);
    const [position, velocity, current] = next;
    return { outputs: { motor: { position, velocity, current } }, state: next };
  },
});
