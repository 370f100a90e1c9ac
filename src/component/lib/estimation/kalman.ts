/** The Kalman filter of a linear model. */
import Type, { type Static } from "typebox";
import { add, and, matmul, reshape, sub, where } from "../../../onnx/functions.js";
import { fail } from "../../../problem/problem.js";
import { signal, tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { finitely } from "../finite.js";
import { type Discrete, discretised, type Estimate, propagated, updated } from "../linear.js";
import { checkDefinite, checkSize, flat, matrixParam, vectorParam } from "../matrix.js";
import { simulated } from "../simulated.js";

const Params = Type.Object({
  A: matrixParam("n × n: the model x' = A·x + B·u + w", {
    examples: [
      [
        [0, 1],
        [0, 0],
      ],
    ],
  }),
  B: Type.Optional(matrixParam("n × p")),
  C: matrixParam("m × n: the measurement C·x + v", { examples: [[[1, 0]]] }),
  Q: matrixParam("n × n: covariance of w (continuous: its spectral density)", {
    examples: [
      [
        [0, 0],
        [0, 0.1],
      ],
    ],
  }),
  R: matrixParam("m × m: covariance of v", { examples: [[[0.01]]] }),
  time: Type.Enum(["continuous", "discrete"], {
    examples: ["continuous"],
    description: "x' is the derivative, or the state at the next firing (then the node's clock must be the model's)",
  }),
  x0: Type.Optional(vectorParam("estimate at the start; 0 without it")),
  P0: matrixParam("n × n: its covariance", {
    examples: [
      [
        [1, 0],
        [0, 1],
      ],
    ],
  }),
});

const kalman = genericTensorStep({
  doc: "Mean and covariance of the state of x' = A·x + B·u + w, given the measurements C·x + v. Each firing predicts from the last one, under the control held since then, and a fresh measurement corrects; by default it fires on each measurement, and on a clock it predicts in between. A continuous model is taken over the time since the last firing exactly (Van Loan 1978). Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation, section 5.2.",
  params: Params,
  ports(params, types) {
    const { n, m, p } = sizes(params);
    // a lone number may come as such
    const measured = types.measurement?.type === "number" && m === 1 ? Type.Number() : tensor([m]);
    return {
      inputs: {
        measurement: signal(measured, { optional: true }),
        ...(p === undefined ? {} : { control: signal(tensor([p]), { optional: true, doc: "0 before the first" }) }),
      },
      outputs: { estimate: Type.Object({ mean: tensor([n]), covariance: tensor([n, n]) }) },
    };
  },
  on: { each: ["measurement"] },
  state({ A, B, x0, P0 }) {
    const n = A.length;
    return {
      mean: { dims: [n, 1], data: Float64Array.from(x0 ?? A.map(() => 0)) },
      covariance: { dims: [n, n], data: flat(P0) },
      started: false,
      ...(B === undefined ? {} : { control: { dims: [B[0]!.length, 1], data: new Float64Array(B[0]!.length) } }),
    };
  },
  step({ measurement, control }, before, { dt, period, fresh, has, constant, params }) {
    const { A, B, C, Q, R, time } = params;
    const n = A.length;
    const {
      F,
      G,
      Q: noise,
    }: Discrete = time === "discrete"
      ? { F: constant(A), G: B && constant(B), Q: constant(Q) }
      : discretised({ A, Q, ...(B === undefined ? {} : { B }) }, dt, period === undefined ? undefined : 64 * period);
    const free = matmul(F, before.mean);
    const moved = G === undefined || control === undefined ? free : add(free, matmul(G, before.control!));
    // at its first firing it is where it starts
    const estimate: Estimate = {
      mean: where(before.started, moved, before.mean),
      covariance: where(before.started, propagated(F, before.covariance, noise), before.covariance),
    };
    let { mean, covariance } = estimate;
    if (measurement !== undefined) {
      const z = reshape(measurement, [C.length, 1]);
      const H = constant(C);
      const corrected = updated(estimate, sub(z, matmul(H, mean)), H, constant(R));
      const now = and(fresh("measurement"), has("measurement"));
      mean = where(now, corrected.mean, mean);
      covariance = where(now, corrected.covariance, covariance);
    }
    return {
      outputs: { estimate: { mean: reshape(mean, [n]), covariance } },
      state: {
        ...finitely({ mean, covariance, started: true }, before),
        ...(control === undefined || B === undefined ? {} : { control: reshape(control, [B[0]!.length, 1]) }),
      },
    };
  },
});

export default simulated(kalman, {
  after(outputs) {
    const { mean, covariance } = outputs.estimate as unknown as { mean: Float64Array; covariance: Float64Array };
    if (![mean, covariance].every((xs) => xs.every(Number.isFinite)))
      throw new Error("a measurement or the estimate is no longer finite");
    return outputs;
  },
});

/** @throws LimbeckError L0416 when the matrices do not fit each other */
function sizes({ A, B, C, Q, R, x0, P0 }: Static<typeof Params>) {
  const [n, m] = [A.length, C.length];
  checkSize("A", A, n, n, "it is square");
  if (B !== undefined) checkSize("B", B, n, B[0]!.length, "it has a row a state, like `A`");
  checkSize("C", C, m, n, "it has a column a state, like `A`");
  checkSize("Q", Q, n, n, "it has a row and a column a state");
  checkSize("R", R, m, m, "it has a row and a column a measurement, as `C` has rows");
  checkSize("P0", P0, n, n, "it has a row and a column a state");
  checkDefinite("Q", Q, "semi-definite");
  checkDefinite("R", R, "definite");
  checkDefinite("P0", P0, "semi-definite");
  if (x0 !== undefined && x0.length !== n)
    fail(
      "L0416",
      { reason: `\`x0\` has ${x0.length} numbers, and the model ${n} states`, help: "Give one number a state." },
      { path: "/params/x0" },
    );
  return { n, m, p: B?.[0]?.length };
}
