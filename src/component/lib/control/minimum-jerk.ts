/** The smoothest way from one place to another in a given time. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { add, atLeast, choose, div, mul, sub } from "../arithmetic.js";
import { trajectory } from "./trajectory.js";

export default trajectory({
  name: "control/minimum-jerk",
  doc: "The motion to the goal in `duration` seconds that minimises ∫ jerk²: the polynomial of fifth order that joins position, velocity and acceleration at both ends. Source: Flash & Hogan, The coordination of arm movements, J. Neuroscience 5 (1985).",
  params: Type.Object({ duration: Type.Number({ exclusiveMinimum: 0, unit: "s", examples: [1] }) }),
  along([p, v, a], goal, t, { duration: T }) {
    const d = sub(goal, p);
    const [vT, aT] = [mul(v, T), mul(a, T * T)];
    const c3 = div(sub(sub(mul(20, d), mul(12, vT)), mul(3, aT)), 2 * T ** 3);
    const c4 = div(add(sub(mul(16, vT), mul(30, d)), mul(3, aT)), 2 * T ** 4);
    const c5 = div(sub(sub(mul(12, d), mul(6, vT)), aT), 2 * T ** 5);
    /** c[0] + c[1]·t + … */
    const at = (...c: Value[]) => c.reduceRight((sum, x) => add(x, mul(t, sum)));
    const over = atLeast(t, T);
    return [
      choose(over, goal, at(p, v, mul(a, 0.5), c3, c4, c5)),
      choose(over, 0, at(v, a, mul(3, c3), mul(4, c4), mul(5, c5))),
      choose(over, 0, at(a, mul(6, c3), mul(12, c4), mul(20, c5))),
    ];
  },
});
