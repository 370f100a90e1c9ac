/** The fastest way from one place to another under limits of velocity and acceleration. */
import Type from "typebox";
import { at, eachOrAll } from "../elementwise.js";
import { type Motion, trajectory } from "./trajectory.js";

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
  along([p, v, _], goal, time, { max_velocity, max_acceleration }, element) {
    const limit = at(max_velocity, element);
    const a = at(max_acceleration, element);
    // towards the side on which a full stop from now would fall short
    const short = goal - p - (v * Math.abs(v)) / (2 * a);
    const way = short >= 0 ? 1 : -1;
    const rise = way * v;
    const distance = way * (goal - p);
    const top = Math.min(limit, Math.sqrt(Math.max(0, a * distance + (rise * rise) / 2)));
    const t1 = Math.max(0, (top - rise) / a);
    const t3 = top / a;
    const t2 = (distance - (top * top - rise * rise) / (2 * a) - (top * top) / (2 * a)) / top;
    const cruise = Number.isFinite(t2) ? Math.max(0, t2) : 0;
    const placed = (x: number, speed: number, acceleration: number): Motion => [
      p + way * x,
      way * speed,
      way * acceleration,
    ];
    if (time < t1) return placed(time * (rise + (a * time) / 2), rise + a * time, a);
    const after = (t1 * (rise + top)) / 2;
    if (time < t1 + cruise) return placed(after + top * (time - t1), top, 0);
    const left = t1 + cruise + t3 - time;
    return left > 0 ? [goal - (way * a * left * left) / 2, way * a * left, -way * a] : [goal, 0, 0];
  },
});
