/** A pole on a cart: the inverted pendulum. */
import Type from "typebox";
import { signal, tensor } from "../../ports.js";
import { add, cos, div, mul, sin, square, sub } from "../arithmetic.js";
import { joined } from "../parts.js";
import { above0, atLeast0, gravity, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
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
  state({ state0 }) {
    const [position, velocity, angle, rate] = state0 as [number, number, number, number];
    return { position, velocity, angle, rate };
  },
  step({ force = 0 }, state, { dt, period, params }) {
    const { cart_mass: M, pole_mass: m, length: l, rail_friction, hinge_friction, gravity: g } = params;
    const next = integrated(
      { dt, period },
      {
        state,
        longest: params.step,
        derivative({ velocity: v, angle, rate: w }) {
          const [s, c] = [sin(angle), cos(angle)];
          // (M + m)·a + m·l·c·α = f₁ and m·l·c·a + m·l²·α = f₂
          const f1 = add(sub(force, mul(rail_friction, v)), mul(mul(m * l, s), square(w)));
          const f2 = sub(mul(m * g * l, s), mul(hinge_friction, w));
          const a = div(sub(f1, mul(div(c, l), f2)), add(M, mul(m, square(s))));
          return { position: v, velocity: a, angle: w, rate: div(sub(div(f2, m * l), mul(c, a)), l) };
        },
      },
    );
    const { position, velocity, angle, rate } = next;
    return { outputs: { state: joined([position, velocity, angle, rate]) }, state: next };
  },
});
