/** Angles (`wraps: true`): compared the short way round. */
import { mostFrequent } from "./exact.js";
import { type Close, closeNumbers } from "./number.js";
import type { Tolerance } from "./tolerance.js";

const TURN = 2 * Math.PI;

/**
 * Within `absolute`, in rad, modulo a turn. An angle has no size, so there is nothing that `relative` could be a share of.
 *
 * @example
 * const close = closeAngles({ absolute: 0.1, relative: 0 });
 * [close(Math.PI, -Math.PI), close(3.1, -3.1), close(0, 0.2)] // [true, true, false]
 */
export function closeAngles({ absolute }: Tolerance): Close {
  const close = closeNumbers({ absolute, relative: 0 });
  return (a, b) => {
    if (close(a, b)) return true;
    const apart = Math.abs(a - b) % TURN;
    return Math.min(apart, TURN - apart) <= absolute;
  };
}

/**
 * The median of angles: the circle is cut where the largest gap between them is, and what lies there is a line. Where
 * most are not finite, what most are.
 *
 * @example
 * medianAngle([3.1, -3.1, 3]) // 3.1
 */
export function medianAngle(values: readonly number[]): number {
  const around = values
    .filter(Number.isFinite)
    .map((value) => ({ value, at: value - TURN * Math.floor(value / TURN) }))
    .sort((a, b) => a.at - b.at || a.value - b.value);
  if (2 * around.length < values.length) return mostFrequent(values);
  const gaps = around.map(({ at }, i) => at - (i === 0 ? around.at(-1)!.at - TURN : around[i - 1]!.at));
  const first = gaps.indexOf(Math.max(...gaps));
  const middle = (i: number) => around[(first + i) % around.length]!.value;
  const [low, high] = [middle((around.length - 1) >> 1), middle(around.length >> 1)];
  const apart = high - low;
  return low + (apart - TURN * Math.round(apart / TURN)) / 2;
}
