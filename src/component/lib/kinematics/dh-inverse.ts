/** Inverse kinematics of any chain: from the place of its end to joint values, by damped least squares. */
import Type from "typebox";
import { signal, tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { unwrap } from "../angle.js";
import { refuse } from "../refuse.js";
import { type Goal, solveChain } from "./damped-least-squares.js";
import { chainParams, checkChain, jointsOf, jointsType } from "./dh.js";

export default genericStep({
  doc: "Joint values that bring the end of a chain to `target`: a point (3 numbers, m), or a pose (a 4 × 4 homogeneous transform). Damped least squares with the damping following its success (Levenberg–Marquardt), from `start` where that is connected, else from its last result: it finds the solution next to where it starts, within the joints' limits. `converged` says whether it is one; out of reach it comes as near as it can. Source: Wampler, Manipulator Inverse Kinematic Solutions Based on Vector Formulations and Damped Least-Squares Methods, IEEE Transactions SMC 16 (1986); Marquardt, SIAM Journal 11 (1963).",
  params: Type.Object({
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
  }),
  ports({ links, initial }, { target }) {
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
  state: ({ links, initial }) => ({
    last: initial ?? jointsOf(links).map(({ limits }) => (limits ? (limits[0]! + limits[1]!) / 2 : 0)),
  }),
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
});
