/** A DC motor with its winding. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { div, mul, sub } from "../arithmetic.js";
import { above0, atLeast0, initial, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
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
  state: ({ q0, w0 }) => ({ position: q0, velocity: w0, current: 0 }),
  step({ voltage, load = 0 }, state, { dt, period, params }) {
    const { resistance: R, inductance: L, constant: k, inertia: J, friction: b, step: longest } = params;
    const motor = integrated(
      { dt, period },
      {
        state,
        longest,
        derivative: ({ velocity: w, current: i }) => ({
          position: w,
          velocity: div(sub(sub(mul(k, i), mul(b, w)), load), J),
          current: div(sub(sub(voltage, mul(R, i)), mul(k, w)), L),
        }),
      },
    );
    return { outputs: { motor }, state: motor };
  },
});
