/** The fastest way from one place to another under limits of velocity and acceleration. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import {
  abs,
  add,
  atLeast,
  atMost,
  choose,
  div,
  greater,
  less,
  max,
  min,
  mul,
  type Num,
  neg,
  root,
  square,
  sub,
} from "../arithmetic.js";
import { eachOrAll } from "../elementwise.js";
import { trajectory } from "./trajectory.js";

export default trajectory({
  name: "control/trapezoidal-profile",
  doc: "The motion of least time to rest at the goal with |velocity| ≤ max_velocity and |acceleration| ≤ max_acceleration: speed up, cruise, slow down, each element by itself; one that is too fast to stop before its goal brakes and comes back. Source: Siciliano et al., Robotics: Modelling, Planning and Control, section 4.2.",
  params: Type.Object({
    max_velocity: eachOrAll({ exclusiveMinimum: 0, description: "unit of the goal per second", examples: [1] }),
    max_acceleration: eachOrAll({
      exclusiveMinimum: 0,
      description: "unit of the goal per second squared",
      examples: [2],
    }),
  }),
  along([p, v], goal, time, { max_velocity, max_acceleration }, each) {
    const limit = each(max_velocity);
    const a = each(max_acceleration);
    // towards the side on which a full stop from now would fall short
    const short = sub(sub(goal, p), div(mul(v, abs(v)), mul(2, a)));
    const way = choose(atLeast(short, 0), 1, -1);
    const rise = mul(way, v);
    const distance = mul(way, sub(goal, p));
    const top = min(limit, root(add(mul(a, distance), div(square(rise), 2))));
    const t1 = max(0, div(sub(top, rise), a));
    const t3 = div(top, a);
    const still = atMost(top, 0);
    const ramps = add(div(sub(square(top), square(rise)), mul(2, a)), div(square(top), mul(2, a)));
    const cruise = choose(still, 0, max(0, div(sub(distance, ramps), choose(still, 1, top))));

    const after = div(mul(t1, add(rise, top)), 2);
    const left = sub(add(add(t1, cruise), t3), time);
    const placed = (x: Value, speed: Value, acceleration: Num) => [
      add(p, mul(way, x)),
      mul(way, speed),
      mul(way, acceleration),
    ];
    const speedingUp = placed(mul(time, add(rise, div(mul(a, time), 2))), add(rise, mul(a, time)), a);
    const cruising = placed(add(after, mul(top, sub(time, t1))), top, 0);
    const braking = [sub(goal, mul(way, div(mul(a, square(left)), 2))), mul(way, mul(a, left)), neg(mul(way, a))];
    const rest = [goal, 0, 0];
    const [position, velocity, acceleration] = [0, 1, 2].map((i) =>
      choose(
        less(time, t1),
        speedingUp[i]!,
        choose(less(time, add(t1, cruise)), cruising[i]!, choose(greater(left, 0), braking[i]!, rest[i]!)),
      ),
    );
    return [position!, velocity!, acceleration!];
  },
});
