/** Inverse kinematics of any chain: from the place of its end to joint values, by damped least squares. */
import Type, { type Static } from "typebox";
import { where } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { InputTypes } from "../../component.js";
import { signal, tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { alsoTensor } from "../also-tensor.js";
import { unwrap } from "../angle.js";
import { finitely } from "../finite.js";
import { joined, parts } from "../parts.js";
import { refuse } from "../refuse.js";
import { type Goal, solveChain } from "./damped-least-squares.js";
import { chainParams, checkChain, jointsOf, jointsType } from "./dh.js";
import { tracedSearch } from "./traced-search.js";

const Params = Type.Object({
  ...chainParams,
  initial: Type.Optional(
    Type.Array(Type.Number(), {
      description: "joint values to begin with; without them 0, or the middle of the limits",
    }),
  ),
  damping: Type.Number({ default: 0.1, exclusiveMinimum: 0, description: "at the first iteration, in m" }),
  position_tolerance: Type.Number({ default: 1e-6, exclusiveMinimum: 0, unit: "m" }),
  angle_tolerance: Type.Number({ default: 1e-6, exclusiveMinimum: 0, unit: "rad" }),
  iterations: Type.Integer({ default: 100, minimum: 1, maximum: 10_000, description: "at most, a firing" }),
});

/** Joint values at the first firing. */
const beginning = ({ links, initial }: Static<typeof Params>): number[] =>
  initial ?? jointsOf(links).map(({ limits }) => (limits ? (limits[0]! + limits[1]!) / 2 : 0));

const inverse = {
  doc: "Joint values that bring the end of a chain to `target`: a point (3 numbers, m), or a pose (a 4 × 4 homogeneous transform). Damped least squares with the damping following its success (Levenberg–Marquardt), from `start` where that is connected, else from its last result: it finds the solution next to where it starts, within the joints' limits. `converged` says whether it is one; out of reach it comes as near as it can. Source: Wampler, Manipulator Inverse Kinematic Solutions Based on Vector Formulations and Damped Least-Squares Methods, IEEE Transactions SMC 16 (1986); Marquardt, SIAM Journal 11 (1963).",
  params: Params,
  ports({ links, initial }: Static<typeof Params>, { target }: InputTypes) {
    checkChain(links);
    const joints = jointsType(links);
    const n = jointsOf(links).length;
    if (initial !== undefined && initial.length !== n)
      refuse("initial", `\`initial\` has ${initial.length} values, and the chain ${n} joints`, "Give one a joint.");
    const pose = target?.tensor?.length === 2;
    return {
      inputs: {
        target: pose ? tensor([4, 4]) : tensor([3], { unit: "m" }),
        start: signal(joints, { optional: true, doc: "joint values to begin with, e.g. the measured ones" }),
      },
      outputs: {
        joints,
        converged: Type.Boolean(),
        position_error: Type.Number({ unit: "m" }),
        angle_error: Type.Number({ unit: "rad" }),
        iterations: Type.Integer({ minimum: 0 }),
      },
    };
  },
};

export default alsoTensor(
  genericStep({
    ...inverse,
    state: (params) => ({ last: beginning(params) as readonly number[] }),
    step({ target, start }, { last }, { params }) {
      const from: readonly number[] = start === undefined ? last : [...start];
      const goal: Goal = target.length === 3 ? { position: target } : { frame: target };
      const { q, ...found } = solveChain(goal, from, params);
      const joints = jointsOf(params.links);
      // whole turns on the way are of no use, where the joint may turn as it likes
      const near = q.map((v, i) =>
        joints[i]!.joint === "revolute" && joints[i]!.limits === undefined ? unwrap(v, from[i]!) : v,
      );
      return { outputs: { joints: Float64Array.from(near), ...found }, state: { last: near } };
    },
  }),
  genericTensorStep({
    ...inverse,
    state: (params) => ({ last: Float64Array.from(beginning(params)) }),
    step({ target, start }, { last }, { has, params }) {
      const from: Value = start === undefined ? last : where(has("start"), start, last);
      const { q, ...found } = tracedSearch(parts(target), from, params);
      const turns = jointsOf(params.links).map(({ joint, limits }) => joint === "revolute" && limits === undefined);
      const origins = parts(from);
      const joints = joined(parts(q).map((v, i) => (turns[i] ? unwrap(v, origins[i]!) : v)));
      return { outputs: { joints, ...found }, state: finitely({ last: joints }, { last }) };
    },
  }),
);
