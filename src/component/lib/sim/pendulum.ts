/** A pendulum: a point mass on a rod without mass. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { div, mul, sin, sub } from "../arithmetic.js";
import { above0, atLeast0, gravity, initial, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
  doc: "m·l²·q̈ = torque − damping·q̇ − m·g·l·sin q, with q measured from hanging down. Integrated by RK4 from its last firing to now under the held torque.",
  params: Type.Object({
    mass: above0("kg", 1),
    length: above0("m", 1),
    damping: atLeast0("N·m·s/rad", 0),
    gravity,
    q0: initial("rad", "angle at the start"),
    w0: initial("rad/s", "velocity at the start"),
    step: longest,
  }),
  inputs: { torque: signal(Type.Number({ unit: "N·m" }), { optional: true, doc: "0 without it" }) },
  outputs: {
    joint: Type.Object({
      position: Type.Number({ unit: "rad", wraps: true }),
      velocity: Type.Number({ unit: "rad/s" }),
    }),
  },
  state: ({ q0, w0 }) => ({ position: q0, velocity: w0 }),
  step({ torque = 0 }, state, { dt, period, params }) {
    const { mass, length, damping, gravity, step: longest } = params;
    const joint = integrated(
      { dt, period },
      {
        state,
        longest,
        derivative({ position, velocity }) {
          const weight = mul(mass * gravity * length, sin(position));
          const pull = sub(sub(torque, mul(damping, velocity)), weight);
          return { position: velocity, velocity: div(pull, mass * length * length) };
        },
      },
    );
    return { outputs: { joint }, state: joint };
  },
});
