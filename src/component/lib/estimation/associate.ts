/** Which of several expected things a measurement belongs to, if any. */
import Type from "typebox";
import {
  argMin,
  isNan,
  lessOrEqual,
  mul,
  reduceMin,
  reduceSum,
  sub,
  transpose,
  unsqueeze,
  where,
} from "../../../onnx/functions.js";
import { fail } from "../../../problem/problem.js";
import { signal, tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { wrap } from "../angle.js";
import { chiSquaredQuantile } from "../chi-squared.js";
import { solvePositive } from "../linear.js";
import { cholesky } from "../matrix.js";
import { simulated } from "../simulated.js";

const association = genericTensorStep({
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
  step({ measurement, candidates, covariance }, _, { constant, params: { probability, angles } }) {
    const m = Number(measurement.shape[0]);
    const off = sub(measurement, candidates);
    const turns = constant(
      Uint8Array.from({ length: m }, (_, i) => Number(angles.includes(i))),
      "bool",
    );
    // a row a candidate, each a column for the equation that is its own
    const rows = angles.length === 0 ? off : where(turns, wrap(off), off);
    const own = covariance.shape.length === 3;
    const columns = own ? unsqueeze(rows, [2]) : transpose(rows);
    const products = mul(columns, solvePositive(covariance, columns));
    const distances = reduceSum(products, { axes: own ? [1, 2] : [0] });
    const known = where(isNan(distances), Number.POSITIVE_INFINITY, distances);
    const nearest = reduceMin(known);
    const passes = lessOrEqual(nearest, chiSquaredQuantile(probability, m));
    return { outputs: { match: { index: where(passes, argMin(known, 0), -1), distance: nearest } } };
  },
});

export default simulated(association, {
  before({ measurement, covariance }) {
    const m = measurement.length;
    for (let from = 0; from < covariance.length; from += m * m) {
      const S = Array.from({ length: m }, (_, i) =>
        Array.from<number>(covariance.subarray(from + i * m, from + (i + 1) * m)),
      );
      if (cholesky(S) === undefined)
        throw new Error(`the covariance of candidate ${from / (m * m)} is not positive definite`);
    }
  },
});
