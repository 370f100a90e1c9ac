/**
 * The search of `damped-least-squares.ts` over symbolic values: it makes all its iterations, and stands still in those
 * that are left over once it is there.
 */
import { lift } from "../../../onnx/functions/base.js";
import {
  add,
  and,
  cast,
  greater,
  less,
  lessOrEqual,
  matmul,
  mul,
  not,
  or,
  square,
  squeeze,
  unsqueeze,
  where,
} from "../../../onnx/functions.js";
import { scalar } from "../../../onnx/tensor.js";
import { isValue, type Value } from "../../../onnx/value.js";
import { repeat } from "../../tensor/symbolic.js";
import { abs, atan2, between, choose, div, hypot, max, type Num, neg, sub } from "../arithmetic.js";
import { solvePositive, transposed } from "../linear.js";
import { eye, tensorOf } from "../matrix.js";
import { joined, parts } from "../parts.js";
import { type Frame, product, type Quaternion, quaternionOf } from "../vector.js";
import { LESS, MAX_DAMPING, MIN_DAMPING, MORE, type Search } from "./damped-least-squares.js";
import { jacobian, jointsOf, poseOf } from "./dh.js";

interface Traced {
  readonly q: Value;
  readonly converged: Value;
  /** m and rad */
  readonly position_error: Value;
  readonly angle_error: Num;
  readonly iterations: Value;
}

/**
 * The joint values next to `start` that bring the end of the chain to the goal, or as near as the search came.
 *
 * @param goal a point of 3 elements, or a homogeneous transform, row-major
 */
export function tracedSearch(goal: readonly Value[], start: Value, search: Search): Traced {
  const { links, convention, position_tolerance, angle_tolerance } = search;
  const joints = jointsOf(links);
  const rows = goal.length === 3 ? 3 : 6;
  const limits = joints.map(({ limits }) => limits ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const within = (q: Value): Value => joined(parts(q).map((v, i) => between(limits[i]![0]!, v, limits[i]![1]!)));
  /** How far the end is from the goal there, and how it moves with the joints. */
  const look = (q: Value): { error: Value; slope: Value } => {
    const pose = poseOf<Num>(links, convention, parts(q));
    const error = joined(errorOf(goal, pose.end));
    const slope = jacobian<Num>(links, pose).slice(0, rows).flat();
    return {
      error,
      slope: joined(
        slope.map((v) => (isValue(v) ? v : lift(v, q))),
        [rows, joints.length],
      ),
    };
  };
  const lengths = (error: Value): [Value, Num] => {
    const e = parts(error);
    return [hypot(...e.slice(0, 3)), rows === 3 ? 0 : hypot(...e.slice(3))];
  };
  const reached = (error: Value): Value => {
    const [position, angle] = lengths(error);
    const there = lessOrEqual(position, position_tolerance);
    return rows === 3 ? there : and(there, lessOrEqual(angle, angle_tolerance));
  };
  const size = (error: Value): Value => hypot(...parts(error));
  const identity = start.scope.constant(tensorOf(eye(rows)));

  const from = within(start);
  const first = look(from);
  const number = (x: number): Value => start.scope.constant(scalar("float64", x));
  const begin = [from, first.error, first.slope, number(search.damping), number(0)] as const;
  const [q, error, , , iterations] = repeat(search.iterations, begin, ([q, error, slope, damping, count]) => {
    const over = or(reached(error), greater(damping, MAX_DAMPING));
    const damped = add(matmul(slope, transposed(slope)), mul(square(damping), identity));
    const weights = solvePositive(damped, unsqueeze(error, [1]));
    const there = within(add(q, squeeze(matmul(transposed(slope), weights), [1])));
    const seen = look(there);
    const helps = less(size(seen.error), size(error));
    const moves = and(helps, not(over));
    const tried = where(helps, max(MIN_DAMPING, mul(damping, LESS)), mul(damping, MORE));
    return [
      where(moves, there, q),
      where(moves, seen.error, error),
      where(moves, seen.slope, slope),
      where(over, damping, tried),
      where(over, count, add(count, 1)),
    ];
  });
  const [position_error, angle_error] = lengths(error);
  return { q, converged: reached(error), position_error, angle_error, iterations: cast(iterations, "int64") };
}

/** From the end to the goal: three lengths in m, and for a frame the rotation vector in rad. */
function errorOf(goal: readonly Value[], end: Frame<Num>): Value[] {
  if (goal.length === 3) return goal.map((g, i) => sub(g, end[4 * i + 3]!));
  const shift = [0, 1, 2].map((i) => sub(goal[4 * i + 3]!, end[4 * i + 3]!));
  return [...shift, ...rotationVector(quaternionOf<Num>(goal), quaternionOf(end))];
}

/** The rotation, as axis times angle in [0, π], that takes `from` to `to`. */
function rotationVector(to: Quaternion<Num>, [w, x, y, z]: Quaternion<Num>): Value[] {
  const [cosine, ...axis] = product<Num>(to, [w, neg(x), neg(y), neg(z)]);
  const sine = hypot<Num>(...axis) as Value;
  const half = atan2(sine, abs<Num>(cosine));
  const tiny = less(sine, 1e-12);
  const scale = mul(choose(less(cosine as Value, 0), -2, 2), where(tiny, 1, div(half, where(tiny, 1, sine))));
  return axis.map((v) => mul(v, scale));
}
