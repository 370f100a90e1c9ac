/** Which of several expected things a measurement belongs to, if any. */
import Type from "typebox";
import { fail } from "../../../problem/problem.js";
import { signal, tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { wrap } from "../angle.js";
import { chiSquaredQuantile } from "../chi-squared.js";
import { cholesky, type Matrix, solve } from "../matrix.js";

export default genericStep({
  doc: "The candidate nearest to a measurement by Mahalanobis distance, (z − ẑ)ᵀ·S⁻¹·(z − ẑ), where ẑ is what the candidate would give and S the covariance of the difference; `index` is −1 when none lies in the gate, which a right candidate passes with `probability` (χ² with as many degrees of freedom as there are numbers). `distance` is that of the nearest, squared. Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, section 1.7 (validation gate).",
  params: Type.Object({
    probability: Type.Number({ default: 0.99, exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    angles: Type.Array(Type.Integer({ minimum: 0 }), {
      default: [],
      description: "which numbers of the measurement are angles in rad, counted from 0",
    }),
  }),
  ports({ angles }, { measurement, candidates, covariance }) {
    const m = measurement?.tensor?.[0] ?? 1;
    const k = candidates?.tensor?.[0] ?? 1;
    const shared = covariance?.tensor?.length === 2;
    const wrong = measurement === undefined ? undefined : angles.find((i) => i >= m);
    if (wrong !== undefined)
      fail(
        "L0416",
        { reason: `\`angles\` names number ${wrong}, and a measurement has ${m}`, help: "Count from 0." },
        { path: "/params/angles" },
      );
    return {
      inputs: {
        measurement: signal(tensor([m])),
        candidates: signal(tensor([k, m]), { doc: "what each would give, row by row" }),
        covariance: signal(tensor(shared ? [m, m] : [k, m, m]), { doc: "of the difference: one for all, or one each" }),
      },
      outputs: { match: Type.Object({ index: Type.Integer({ minimum: -1 }), distance: Type.Number({ minimum: 0 }) }) },
    };
  },
  step({ measurement, candidates, covariance }, _, { params: { probability, angles } }) {
    const m = measurement.length;
    const count = candidates.length / m;
    let index = -1;
    let nearest = Infinity;
    for (let k = 0; k < count; k++) {
      const difference = Array.from({ length: m }, (_, i) => {
        const d = measurement[i] - candidates[k * m + i];
        return [angles.includes(i) ? wrap(d) : d];
      });
      const from = covariance.length === m * m ? 0 : k * m * m;
      const S: Matrix = Array.from({ length: m }, (_, i) =>
        Array.from(covariance.subarray(from + i * m, from + (i + 1) * m)),
      );
      const weighed = cholesky(S) === undefined ? undefined : solve(S, difference);
      if (weighed === undefined) throw new Error(`the covariance of candidate ${k} is not positive definite`);
      const distance = difference.reduce((sum, [d], i) => sum + d! * weighed[i]![0]!, 0);
      if (distance < nearest) [index, nearest] = [k, distance];
    }
    const passes = nearest <= chiSquaredQuantile(probability, m);
    return { outputs: { match: { index: passes ? index : -1, distance: nearest } } };
  },
});
