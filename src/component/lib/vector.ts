/** Vectors, quaternions and rigid frames in space, shared by `math/` and `kinematics/`. */
import Type from "typebox";
import { add, choose, div, greater, less, mul, type Num, neg, sqrt, square, sub, sum } from "./arithmetic.js";

export type Vector3<T extends Num = number> = readonly [T, T, T];
/** (w, x, y, z) with Hamilton's i·j = k; one of length 1 turns space. */
export type Quaternion<T extends Num = number> = readonly [T, T, T, T];
type Elements<T> = { readonly [i: number]: T };

export const cross = <T extends Num>(a: Elements<T>, b: Elements<T>): Vector3<T> => [
  sub(mul(a[1]!, b[2]!), mul(a[2]!, b[1]!)),
  sub(mul(a[2]!, b[0]!), mul(a[0]!, b[2]!)),
  sub(mul(a[0]!, b[1]!), mul(a[1]!, b[0]!)),
];

export const product = <T extends Num>(a: Quaternion<T>, b: Quaternion<T>): Quaternion<T> => [
  sub(sub(sub(mul(a[0], b[0]), mul(a[1], b[1])), mul(a[2], b[2])), mul(a[3], b[3])),
  sub(add(add(mul(a[0], b[1]), mul(a[1], b[0])), mul(a[2], b[3])), mul(a[3], b[2])),
  add(add(sub(mul(a[0], b[2]), mul(a[1], b[3])), mul(a[2], b[0])), mul(a[3], b[1])),
  add(sub(add(mul(a[0], b[3]), mul(a[1], b[2])), mul(a[2], b[1])), mul(a[3], b[0])),
];

/** How a quaternion lies in its tensor: mathematics and most simulators write w first, ROS and Eigen's memory last. */
export const orderParam = Type.Enum(["wxyz", "xyzw"], {
  default: "wxyz",
  description: "how quaternions lie in memory: w first, or last as in ROS",
});
export type Order = "wxyz" | "xyzw";

export const readQuaternion = <T>([a, b, c, d]: readonly T[], order: Order): readonly [T, T, T, T] =>
  order === "wxyz" ? [a!, b!, c!, d!] : [d!, a!, b!, c!];

export const writeQuaternion = <T>([w, x, y, z]: readonly [T, T, T, T], order: Order): readonly T[] =>
  order === "wxyz" ? [w, x, y, z] : [x, y, z, w];

/** q · v · q⁻¹; q may have any length but 0, and gives NaN with that. */
export function rotate<T extends Num>([w, x, y, z]: Quaternion<T>, v: Elements<T>): Vector3<T> {
  const length = sum<T>(square(w), square(x), square(y), square(z));
  const t = cross<T>([x, y, z], v);
  const u = cross<T>([x, y, z], t);
  const turned = (i: 0 | 1 | 2): T => add<T>(v[i]!, div<T>(mul<T>(2, add<T>(mul<T>(w, t[i]), u[i])), length));
  return [turned(0), turned(1), turned(2)];
}

/** A rigid frame: the first three rows of its homogeneous matrix, row-major. */
export type Frame<T extends Num = number> = readonly T[];

/** The quaternion of a frame's rotation, with w ≥ 0. Source: Shepperd, J. Guidance and Control 1 (1978). */
export function quaternionOf<T extends Num>(frame: Frame<T>): Quaternion<T> {
  const [a, b, c, , d, e, f, , g, h, i] = frame as readonly T[] & { length: 12 };
  const squares = [
    sum<T>(1, a!, e!, i!),
    sum<T>(1, a!, neg<T>(e!), neg<T>(i!)),
    sum<T>(1, neg<T>(a!), e!, neg<T>(i!)),
    sum<T>(1, neg<T>(a!), neg<T>(e!), i!),
  ];
  const [x, y, z] = [sub<T>(h!, f!), sub<T>(c!, g!), sub<T>(d!, b!)];
  const [xy, xz, yz] = [add<T>(b!, d!), add<T>(c!, g!), add<T>(f!, h!)];
  const candidates: readonly (readonly T[])[] = [
    [squares[0]!, x, y, z],
    [x, squares[1]!, xy, xz],
    [y, xy, squares[2]!, yz],
    [z, xz, yz, squares[3]!],
  ];
  // the largest of them is divided by
  let sums: readonly T[] = candidates[0]!;
  let largest: T = squares[0]!;
  for (const k of [1, 2, 3]) {
    const larger = greater(squares[k]! as Num, largest as Num);
    sums = sums.map((s, j) => choose<T>(larger, candidates[k]![j]!, s));
    largest = choose<T>(larger, squares[k]!, largest);
  }
  const turned = choose<Num>(less(sums[0]! as Num, 0), -0.5, 0.5);
  const scale = div<Num>(turned, sqrt<Num>(largest)) as T;
  return [mul<T>(sums[0]!, scale), mul<T>(sums[1]!, scale), mul<T>(sums[2]!, scale), mul<T>(sums[3]!, scale)];
}
