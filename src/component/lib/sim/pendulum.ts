/** A pendulum: a point mass on a rod without mass. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { step } from "../../step.js";
import { rk4 } from "../integrate.js";
import { above0, atLeast0, gravity, initial, step as longest } from "./common.js";

export default step({
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
  state: ({ q0, w0 }) => [q0, w0] as [number, number],
  step({ torque = 0 }, state, { dt, params: { mass, length, damping, gravity, step } }) {
    const inertia = mass * length * length;
    const next = rk4(state, dt, step, ([q, w]) => [
      w,
      (torque - damping * w - mass * gravity * length * Math.sin(q)) / inertia,
    ]);
    const [position, velocity] = next;
    return { outputs: { joint: { position, velocity } }, state: next };
  },
});
