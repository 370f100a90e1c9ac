/** Linear-quadratic regulator: the gain follows from the model and the weights. */
import Type, { type Static } from "typebox";
import { matmul } from "../../../onnx/functions.js";
import { fail } from "../../../problem/problem.js";
import { signal, tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { between, sub } from "../arithmetic.js";
import { checkDefinite, checkSize, type Matrix, matrixParam } from "../matrix.js";
import { continuousRiccati, discreteRiccati } from "../riccati.js";

const Params = Type.Object({
  A: matrixParam("n × n: the model x' = A·x + B·u", {
    examples: [
      [
        [0, 1],
        [0, 0],
      ],
    ],
  }),
  B: matrixParam("n × m", { examples: [[[0], [1]]] }),
  Q: matrixParam("n × n, symmetric, positive semi-definite: cost of the state", {
    examples: [
      [
        [1, 0],
        [0, 1],
      ],
    ],
  }),
  R: matrixParam("m × m, symmetric, positive definite: cost of the control", { examples: [[[1]]] }),
  time: Type.Enum(["continuous", "discrete"], {
    examples: ["continuous"],
    description: "x' is the derivative, or the state at the next firing (then the node's clock must be the model's)",
  }),
  low: Type.Optional(Type.Number({ description: "lowest control" })),
  high: Type.Optional(Type.Number({ description: "highest control" })),
  unit: Type.Optional(Type.String({ description: "unit of the control, `N` say" })),
  tell_gain: Type.Boolean({ default: false, description: "adds the output `gain`: K, m × n" }),
});

export default genericTensorStep({
  doc: "control = −K·(state − target) + feed_forward, where K minimises ∫ xᵀQx + uᵀRu (a sum, in discrete time) for the model x' = A·x + B·u. The Riccati equation is solved when the graph is loaded, and a model that no gain makes stable is refused. Source: Anderson & Moore, Optimal Control: Linear Quadratic Methods, chapters 2 and 3; solved by doubling (Chu, Fan, Lin, Wang 2004, 2005).",
  params: Params,
  ports(params) {
    const { A, B, unit, tell_gain } = params;
    gain(params);
    const [n, m] = [A.length, B[0]!.length];
    const control = tensor([m], unit === undefined ? {} : { unit });
    return {
      inputs: {
        state: signal(tensor([n]), { doc: "in the order of the rows of A" }),
        target: signal(tensor([n]), { optional: true, doc: "an equilibrium of the model; 0 without it" }),
        feed_forward: signal(control, { optional: true, doc: "control that holds the target" }),
      },
      outputs: { control, ...(tell_gain ? { gain: tensor([m, n]) } : {}) },
    };
  },
  prepare: gain,
  step({ state, target = 0, feed_forward = 0 }, _, { constant, params }, gain) {
    const { low = -Infinity, high = Infinity, tell_gain } = params;
    const K = constant(gain);
    const control = between(low, sub(feed_forward, matmul(K, sub(state, target))), high);
    return { outputs: { control, ...(tell_gain ? { gain: K } : {}) } };
  },
});

/** @throws LimbeckError L0416 (sizes, definiteness), L0417 (no stabilising gain) */
function gain({ A, B, Q, R, time, low, high }: Static<typeof Params>): Matrix {
  const n = A.length;
  const m = B[0]!.length;
  checkSize("A", A, n, n, "it is square");
  checkSize("B", B, n, m, "it has a row a state, like `A`");
  checkSize("Q", Q, n, n, "it has a row and a column a state");
  checkSize("R", R, m, m, "it has a row and a column a control, as `B` has columns");
  checkDefinite("Q", Q, "semi-definite");
  checkDefinite("R", R, "definite");
  if (low !== undefined && high !== undefined && !(low < high))
    fail(
      "L0416",
      { reason: `\`low\` (${low}) is not below \`high\` (${high})`, help: "Exchange them." },
      { path: "/params/low" },
    );
  const solution = time === "continuous" ? continuousRiccati({ A, B, Q, R }) : discreteRiccati({ A, B, Q, R });
  if (solution !== undefined) return solution.K;
  return fail(
    "L0417",
    { component: "control/lqr", reason: "its Riccati equation has no stabilising solution" },
    { path: "/params/A" },
  );
}
