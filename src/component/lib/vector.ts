/** Vectors, quaternions and rigid frames in space, shared by `math/` and `kinematics/`. */
import Type from "typebox";

export type Vector3 = readonly [number, number, number];
/** (w, x, y, z) with Hamilton's i·j = k; one of length 1 turns space. */
export type Quaternion = readonly [number, number, number, number];
type Three = { readonly [i: number]: number };

export const cross = (a: Three, b: Three): Vector3 => [
  a[1]! * b[2]! - a[2]! * b[1]!,
  a[2]! * b[0]! - a[0]! * b[2]!,
  a[0]! * b[1]! - a[1]! * b[0]!,
];

export const product = (a: Quaternion, b: Quaternion): Quaternion => [
  a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
  a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
  a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
  a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
];

/** How a quaternion lies in its tensor: mathematics and most simulators write w first, ROS and Eigen's memory last. */
export const orderParam = Type.Enum(["wxyz", "xyzw"], {
  default: "wxyz",
  description: "how quaternions lie in memory: w first, or last as in ROS",
});
export type Order = "wxyz" | "xyzw";

export const readQuaternion = (q: Float64Array, order: Order): Quaternion =>
  order === "wxyz" ? [q[0]!, q[1]!, q[2]!, q[3]!] : [q[3]!, q[0]!, q[1]!, q[2]!];

export const writeQuaternion = ([w, x, y, z]: Quaternion, order: Order): Float64Array =>
  order === "wxyz" ? Float64Array.of(w, x, y, z) : Float64Array.of(x, y, z, w);

/** q · v · q⁻¹; q may have any length but 0. */
export function rotate([w, x, y, z]: Quaternion, v: Three): Vector3 {
  const square = w * w + x * x + y * y + z * z;
  if (!(square > 0)) throw new RangeError("a quaternion of length 0 is no rotation");
  const t = cross([x, y, z], v);
  const u = cross([x, y, z], t);
  const turned = (i: 0 | 1 | 2) => v[i]! + (2 * (w * t[i]! + u[i]!)) / square;
  return [turned(0), turned(1), turned(2)];
}

/** A rigid frame: the first three rows of its homogeneous matrix, row-major. */
export type Frame = readonly number[];

/** The quaternion of a frame's rotation, with w ≥ 0. Source: Shepperd, J. Guidance and Control 1 (1978). */
export function quaternionOf(frame: Frame): Quaternion {
  const [a, b, c, , d, e, f, , g, h, i] = frame as readonly number[] & { length: 12 };
  const squares = [1 + a! + e! + i!, 1 + a! - e! - i!, 1 - a! + e! - i!, 1 - a! - e! + i!];
  const largest = squares.indexOf(Math.max(...squares));
  const sums = [
    [squares[0]!, h! - f!, c! - g!, d! - b!],
    [h! - f!, squares[1]!, b! + d!, c! + g!],
    [c! - g!, b! + d!, squares[2]!, f! + h!],
    [d! - b!, c! + g!, f! + h!, squares[3]!],
  ][largest]!;
  const scale = (sums[0]! < 0 ? -0.5 : 0.5) / Math.sqrt(squares[largest]!);
  return [sums[0]! * scale, sums[1]! * scale, sums[2]! * scale, sums[3]! * scale];
}
