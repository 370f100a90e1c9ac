/** The search behind inverse kinematics: steps Δq = Jᵀ·(J·Jᵀ + λ²)⁻¹·e, with less λ after each that helps and more after one that does not. */
import { multiply, solve, transpose } from "../matrix.js";
import { type Frame, product, type Quaternion, quaternionOf } from "../vector.js";
import { type Convention, jacobian, jointsOf, type Link, type Pose, poseOf } from "./dh.js";

/** A point, or a homogeneous transform, row-major. */
export type Goal = { readonly position: ArrayLike<number> } | { readonly frame: ArrayLike<number> };

export interface Search {
  readonly links: readonly Link[];
  readonly convention: Convention;
  readonly damping: number;
  readonly position_tolerance: number;
  readonly angle_tolerance: number;
  readonly iterations: number;
}

export interface Found {
  readonly q: readonly number[];
  readonly converged: boolean;
  /** m and rad */
  readonly position_error: number;
  readonly angle_error: number;
  readonly iterations: number;
}

export const LESS = 1 / 3;
export const MORE = 4;
/** Beyond this damping no step is long enough to help: the search stands still. */
export const MAX_DAMPING = 1e6;
export const MIN_DAMPING = 1e-9;

/** The joint values next to `start` that bring the end of the chain to the goal, or as near as the search came. */
export function solveChain(goal: Goal, start: readonly number[], search: Search): Found {
  const { links, convention, position_tolerance, angle_tolerance } = search;
  const joints = jointsOf(links);
  const within = (v: number, i: number) => {
    const [low, high] = joints[i]!.limits ?? [-Infinity, Infinity];
    return Math.min(high!, Math.max(low!, v));
  };
  const at = (q: readonly number[]) => {
    const pose = poseOf(links, convention, q);
    const error = errorOf(goal, pose.end);
    return { q, pose, error, size: Math.hypot(...error) };
  };
  const result = ({ q, error }: ReturnType<typeof at>, iterations: number): Found => {
    const position_error = Math.hypot(...error.slice(0, 3));
    const angle_error = Math.hypot(...error.slice(3));
    const converged = position_error <= position_tolerance && angle_error <= angle_tolerance;
    return { q, converged, position_error, angle_error, iterations };
  };

  let here = at(start.map(within));
  let damping = search.damping;
  for (let n = 0; n < search.iterations; n++) {
    if (result(here, n).converged || damping > MAX_DAMPING) return result(here, n);
    const move = stepOf(links, here.pose, here.error, damping);
    const there = move && at(here.q.map((v, i) => within(v + move[i]!, i)));
    if (there !== undefined && there.size < here.size) {
      here = there;
      damping = Math.max(MIN_DAMPING, damping * LESS);
    } else damping *= MORE;
  }
  return result(here, search.iterations);
}

function stepOf(links: readonly Link[], pose: Pose, error: readonly number[], damping: number): number[] | undefined {
  const j = jacobian(links, pose).slice(0, error.length);
  const jt = transpose(j);
  const damped = multiply(j, jt).map((row, i) => row.map((v, k) => (i === k ? v + damping * damping : v)));
  const weights = solve(
    damped,
    error.map((e) => [e]),
  );
  return weights && multiply(jt, weights).map((row) => row[0]!);
}

/** From the end to the goal: three lengths in m, and for a frame the rotation vector in rad. */
function errorOf(goal: Goal, end: Frame): number[] {
  if ("position" in goal) return [0, 1, 2].map((i) => goal.position[i]! - end[4 * i + 3]!);
  const { frame } = goal;
  const shift = [0, 1, 2].map((i) => frame[4 * i + 3]! - end[4 * i + 3]!);
  return [...shift, ...rotationVector(quaternionOf(Array.from(frame)), quaternionOf(end))];
}

/** The rotation, as axis times angle in [0, π], that takes `from` to `to`. */
function rotationVector(to: Quaternion, [w, x, y, z]: Quaternion): number[] {
  const [cosine, ...axis] = product(to, [w, -x, -y, -z]);
  const sine = Math.hypot(...axis);
  const half = Math.atan2(sine, Math.abs(cosine));
  const scale = (cosine < 0 ? -2 : 2) * (sine < 1e-12 ? 1 : half / sine);
  return axis.map((v) => v * scale);
}
