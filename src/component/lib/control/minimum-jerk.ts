/** The smoothest way from one place to another in a given time. */
import Type from "typebox";
import { trajectory } from "./trajectory.js";

export default trajectory({
  name: "control/minimum-jerk",
  doc: "The motion to the goal in `duration` seconds that minimises ∫ jerk²: the polynomial of fifth order that joins position, velocity and acceleration at both ends. Source: Flash & Hogan, The coordination of arm movements, J. Neuroscience 5 (1985).",
  params: Type.Object({ duration: Type.Number({ exclusiveMinimum: 0, unit: "s", examples: [1] }) }),
  along([p, v, a], goal, time, { duration: T }) {
    if (time >= T) return [goal, 0, 0];
    const d = goal - p;
    const c3 = (20 * d - 12 * v * T - 3 * a * T * T) / (2 * T ** 3);
    const c4 = (-30 * d + 16 * v * T + 3 * a * T * T) / (2 * T ** 4);
    const c5 = (12 * d - 6 * v * T - a * T * T) / (2 * T ** 5);
    const t = time;
    return [
      p + t * (v + t * (a / 2 + t * (c3 + t * (c4 + t * c5)))),
      v + t * (a + t * (3 * c3 + t * (4 * c4 + t * 5 * c5))),
      a + t * (6 * c3 + t * (12 * c4 + t * 20 * c5)),
    ];
  },
});
