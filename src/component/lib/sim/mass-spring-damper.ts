/** A mass on a spring and a damper. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { step } from "../../step.js";
import { rk4 } from "../integrate.js";
import { above0, atLeast0, initial, step as longest } from "./common.js";

export default step({
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
  state: ({ x0, v0 }) => [x0, v0] as [number, number],
  step({ force = 0 }, state, { dt, params: { mass, stiffness, damping, step } }) {
    const next = rk4(state, dt, step, ([x, v]) => [v, (force - damping * v - stiffness * x) / mass]);
    const [position, velocity] = next;
    return { outputs: { mass: { position, velocity } }, state: next };
  },
});
