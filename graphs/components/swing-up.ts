/** A controller with two minds: it pumps the pole up, and holds it once it is up. */
import { ops, Type, tensor, tensorStep } from "limbeck";

const { abs, add, and, atan2, clip, cos, less, mul, reshape, sign, sin, split, square, sub, where } = ops;

/** The plant that it was tuned for. */
const [cart_mass, pole_mass, length, gravity] = [1, 0.2, 0.5, 9.81];

export default tensorStep({
  doc: "Away from upright it accelerates the cart so that the pole gains the energy that it lacks, and draws the cart back to the middle; near upright it is linear state feedback. Source: Åström & Furuta, Swinging up a pendulum by energy control, Automatica 36 (2000).",
  params: Type.Object({
    catch: Type.Number({ default: 0.5, minimum: 0, unit: "rad", description: "nearer to upright it holds" }),
    limit: Type.Number({ default: 20, exclusiveMinimum: 0, unit: "N" }),
  }),
  inputs: { state: tensor([4], { description: "position m, velocity m/s, angle rad, rate rad/s" }) },
  outputs: { force: Type.Number({ unit: "N" }) },
  step({ state }, _, { params }) {
    const [x, v, angle, rate] = split(state, [1, 1, 1, 1], 0) as [Value, Value, Value, Value];
    const from_upright = atan2(sin(angle), cos(angle));
    const hold = add(add(mul(x, 2.2), mul(v, 3.4)), add(mul(from_upright, 42), mul(rate, 9)));

    const lacking = add(
      mul(square(rate), 0.5 * pole_mass * length * length),
      mul(sub(cos(angle), 1), pole_mass * gravity * length),
    );
    const pump = clip(mul(mul(lacking, 20), sign(mul(rate, cos(angle)))), -6, 6);
    const acceleration = sub(pump, mul(add(x, v), 1.5));
    const swing = mul(acceleration, add(mul(square(sin(angle)), pole_mass), cart_mass));

    const near = and(less(abs(from_upright), params.catch), less(abs(rate), 4));
    const force = clip(where(near, hold, swing), -params.limit, params.limit);
    return { outputs: { force: reshape(force, []) } };
  },
});

type Value = ReturnType<typeof reshape>;
