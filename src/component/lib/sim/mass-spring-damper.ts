/** A mass on a spring and a damper. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { div, mul, sub } from "../arithmetic.js";
import { above0, atLeast0, initial, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
  doc: "mass·ẍ = force − damping·ẋ − stiffness·x. Integrated by RK4 from its last firing to now under the held force.",
  params: Type.Object({
    mass: above0("kg", 1),
    stiffness: atLeast0("N/m", 1),
    damping: atLeast0("N·s/m", 0),
    x0: initial("m", "position at the start"),
    v0: initial("m/s", "velocity at the start"),
    step: longest,
  }),
  inputs: { force: signal(Type.Number({ unit: "N" }), { optional: true, doc: "0 without it" }) },
  outputs: { mass: Type.Object({ position: Type.Number({ unit: "m" }), velocity: Type.Number({ unit: "m/s" }) }) },
  state: ({ x0, v0 }) => ({ position: x0, velocity: v0 }),
  step({ force = 0 }, state, { dt, period, params: { mass, stiffness, damping, step: longest } }) {
    const moved = integrated(
      { dt, period },
      {
        state,
        longest,
        derivative({ position, velocity }) {
          const pull = sub(sub(force, mul(damping, velocity)), mul(stiffness, position));
          return { position: velocity, velocity: div(pull, mass) };
        },
      },
    );
    return { outputs: { mass: moved }, state: moved };
  },
});
