/** The Kalman filter of a linear model. */
import Type, { type Static } from "typebox";
import { fail } from "../../../problem/problem.js";
import { signal, tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { elementsOf } from "../elementwise.js";
import {
  apply,
  blocks,
  checkDefinite,
  checkSize,
  expm,
  flat,
  type Matrix,
  matrixParam,
  multiply,
  scale,
  symmetrised,
  transpose,
  vectorParam,
} from "../matrix.js";
import { type Estimate, propagated, updated } from "./gaussian.js";

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

/** The model from one firing to the next. */
interface Discrete {
  readonly dt: number;
  readonly F: Matrix;
  readonly G: Matrix | undefined;
  readonly Q: Matrix;
}

interface State extends Estimate {
  readonly control: readonly number[] | undefined;
  readonly model: Discrete | undefined;
}

export default genericStep({
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
  state: ({ A, x0, P0 }): State => ({
    mean: x0 ?? A.map(() => 0),
    covariance: P0,
    control: undefined,
    model: undefined,
  }),
  step({ measurement, control }, state, { dt, fresh, params }) {
    const first = state.model === undefined;
    const model = first || state.model.dt !== dt ? discrete(params, dt) : state.model;
    // at its first firing it is where it starts
    let estimate: Estimate = first && dt === 0 ? state : predicted(state, model, state.control);
    if (measurement !== undefined && fresh("measurement")) {
      const z = elementsOf(measurement);
      const expected = apply(params.C, estimate.mean);
      estimate = updated(
        estimate,
        expected.map((e, i) => z[i]! - e),
        params.C,
        params.R,
      )!;
    }
    return {
      outputs: { estimate: { mean: Float64Array.from(estimate.mean), covariance: flat(estimate.covariance) } },
      state: { ...estimate, control: control === undefined ? undefined : Array.from(elementsOf(control)), model },
    };
  },
});

function predicted({ mean, covariance }: Estimate, { F, G, Q }: Discrete, u: readonly number[] | undefined): Estimate {
  const driven = G === undefined || u === undefined ? undefined : apply(G, u);
  return {
    mean: apply(F, mean).map((v, i) => v + (driven?.[i] ?? 0)),
    covariance: propagated(F, covariance, Q),
  };
}

function discrete({ A, B, Q, time }: Static<typeof Params>, dt: number): Discrete {
  if (time === "discrete") return { dt, F: A, G: B, Q };
  const n = A.length;
  const zero = A.map((r) => r.map(() => 0));
  const both = expm(scale(blocks(scale(A, -1), Q, zero, transpose(A)), dt));
  const F = transpose(both.slice(n).map((r) => r.slice(n)));
  const noise = symmetrised(
    multiply(
      F,
      both.slice(0, n).map((r) => r.slice(n)),
    ),
  );
  if (B === undefined) return { dt, F, G: undefined, Q: noise };
  const p = B[0]!.length;
  const below = Array.from({ length: p }, () => new Array<number>(n).fill(0));
  const corner = Array.from({ length: p }, () => new Array<number>(p).fill(0));
  const G = expm(scale(blocks(A, B, below, corner), dt))
    .slice(0, n)
    .map((r) => r.slice(n));
  return { dt, F, G, Q: noise };
}

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
