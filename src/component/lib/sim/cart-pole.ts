/** A pole on a cart: the inverted pendulum. */
import Type from "typebox";
import { signal, tensor } from "../../ports.js";
import { step } from "../../step.js";
import { rk4 } from "../integrate.js";
import { above0, atLeast0, gravity, step as longest } from "./common.js";

export default step({
  doc: "A point mass on a rod without mass, hinged on a cart that a force pushes along a rail. `state` is [position m, velocity m/s, angle rad, rate rad/s], the angle measured from upright and growing towards +x; it is not wrapped. Friction is viscous, on the rail and in the hinge. Integrated by RK4 from its last firing to now under the held force. Source: Åström & Murray, Feedback Systems, example 3.2 (the balance system).",
  params: Type.Object({
    cart_mass: above0("kg", 1),
    pole_mass: above0("kg", 0.1),
    length: above0("m", 0.5, "from the hinge to the point mass"),
    rail_friction: atLeast0("N·s/m", 0),
    hinge_friction: atLeast0("N·m·s/rad", 0),
    gravity,
    state0: Type.Array(Type.Number(), {
      minItems: 4,
      maxItems: 4,
      default: [0, 0, 0, 0],
      description: "position, velocity, angle and rate at the start",
    }),
    step: longest,
  }),
  inputs: { force: signal(Type.Number({ unit: "N" }), { optional: true, doc: "0 without it" }) },
  outputs: { state: tensor([4], { description: "position m, velocity m/s, angle rad, rate rad/s" }) },
  state: ({ state0 }) => state0 as [number, number, number, number],
  step({ force = 0 }, state, { dt, params }) {
    const { cart_mass: M, pole_mass: m, length: l, rail_friction, hinge_friction, gravity: g } = params;
    const next = rk4(state, dt, params.step, ([, v, q, w]) => {
      const [s, c] = [Math.sin(q), Math.cos(q)];
      // (M + m)·a + m·l·c·α = f₁ and m·l·c·a + m·l²·α = f₂
      const f1 = force - rail_friction * v + m * l * s * w * w;
      const f2 = m * g * l * s - hinge_friction * w;
      const a = (f1 - (c / l) * f2) / (M + m * s * s);
      return [v, a, w, (f2 / (m * l) - c * a) / l];
    });
    return { outputs: { state: Float64Array.from(next) }, state: next };
  },
});
