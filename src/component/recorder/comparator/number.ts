/** Numbers: NaN agrees with NaN and nothing else, an infinity with itself. */
import type { Tolerance } from "./tolerance.js";

/** Whether two numbers agree. */
export type Close = (a: number, b: number) => boolean;

/**
 * Within `absolute`, or within `relative` times the larger of both, whichever lets more through (as PEP 485 has it).
 *
 * @example
 * const close = closeNumbers({ absolute: 0.1, relative: 0.01 });
 * [close(1, 1.05), close(100, 101), close(0, 0.2)]; // [true, true, false]
 * [close(Number.NaN, Number.NaN), close(Number.NaN, 0), close(Infinity, Infinity), close(Infinity, 1)] // [true, false, true, false]
 */
export function closeNumbers({ absolute, relative }: Tolerance): Close {
  return (a, b) => {
    if (a === b) return true;
    const apart = Math.abs(a - b);
    if (apart <= absolute) return true;
    if (Number.isFinite(apart)) return apart <= relative * Math.max(Math.abs(a), Math.abs(b));
    return Number.isNaN(a) && Number.isNaN(b);
  };
}

/**
 * The median of numbers, of an even count the middle between the two in the middle; NaN where most are.
 *
 * @example
 * medianNumber([3, Number.NaN, 1, 2]) // 2
 * medianNumber([4, 1]) // 2.5
 */
export function medianNumber(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (2 * sorted.length < values.length) return Number.NaN;
  const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
  return low === high ? low : low / 2 + high / 2;
}
