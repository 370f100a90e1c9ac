/** Quaternions (`quaternion: true`): q and −q are the same rotation. */
import { medianNumber } from "./number.js";
import type { Tolerance } from "./tolerance.js";

/** Numbers of a quaternion. */
export const PARTS = 4;

type Numbers = ArrayLike<number>;

/**
 * Within `absolute`, in rad: the angle of the rotation that leads from one to the other. Where one is NaN, the other has to
 * be.
 *
 * For unit quaternions |a − b| = 2 sin(θ/4) and |a + b| = 2 cos(θ/4), which has no loss near 0 as the arc cosine of the dot
 * product has.
 *
 * @example
 * const close = closeQuaternions({ absolute: 0.1, relative: 0 });
 * const [still, turned] = [[1, 0, 0, 0], [-Math.cos(0.04), 0, 0, -Math.sin(0.04)]];
 * close(still, turned, 0) // true
 */
export function closeQuaternions({ absolute }: Tolerance): (a: Numbers, b: Numbers, at: number) => boolean {
  return (a, b, at) => {
    let [minus, plus, same] = [0, 0, true];
    for (let i = at; i < at + PARTS; i++) {
      const [x, y] = [a[i]!, b[i]!];
      same &&= x === y || (Number.isNaN(x) && Number.isNaN(y));
      minus += (x - y) ** 2;
      plus += (x + y) ** 2;
    }
    return same || 4 * Math.atan2(Math.sqrt(Math.min(minus, plus)), Math.sqrt(Math.max(minus, plus))) <= absolute;
  };
}

/**
 * The median of each number, with the signs that lie closest to the quaternion that is nearest to all others.
 *
 * @example
 * medianQuaternion([[1, 0, 0, 0], [-1, 0, 0, 0], [0, 1, 0, 0]], 0).map(Math.abs) // [1, 0, 0, 0]
 */
export function medianQuaternion(values: readonly Numbers[], at: number): number[] {
  const dot = (a: Numbers, b: Numbers): number => {
    let sum = 0;
    for (let i = at; i < at + PARTS; i++) sum += a[i]! * b[i]!;
    return sum;
  };
  const whole = values.filter((value) => Number.isFinite(dot(value, value)));
  const middle = (of: readonly Numbers[], sign: (k: number) => number) =>
    Array.from({ length: PARTS }, (_, i) => medianNumber(of.map((value, k) => sign(k) * value[at + i]!)));
  if (2 * whole.length < values.length) return middle(values, () => 1);
  const nearness = whole.map((a) => whole.reduce((sum, b) => sum + Math.abs(dot(a, b)), 0));
  const centre = whole[nearness.indexOf(Math.max(...nearness))]!;
  const signs = whole.map((value) => (dot(value, centre) < 0 ? -1 : 1));
  return middle(whole, (k) => signs[k]!);
}
