/** Many rows → as many as an eye can tell apart, the same ones every time. */

/** At most `most` indices from 0 to n − 1, evenly spaced, first and last included. */
export function evenly(n: number, most: number): number[] {
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (n - 1)) / (most - 1)));
}

/** Below it values are zero to any eye, and their quotients to the processor. */
const SMALLEST = 1e-290;

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * A histogram of `bins` equal bins over the central part of the values; what lies outside is counted in the bins
 * at the ends, so that a few outliers do not hide the shape.
 */
export function histogram(values: readonly number[], bins: number): Bin[] {
  const finite = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (finite.length === 0) return [];
  const tail = Math.floor(finite.length * 0.002);
  const low = finite[tail]!;
  const high = finite[finite.length - 1 - tail]!;
  // values that differ by rounding alone are one value
  const scale = Math.max(Math.abs(low), Math.abs(high));
  const range = high - low > scale * 2 ** -40 ? high - low : scale;
  const width = (range > SMALLEST ? range : 1) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of finite) {
    const bin = Math.floor((value - low) / width);
    counts[Math.min(bins - 1, Math.max(0, bin))]!++;
  }
  return counts.map((count, i) => ({ from: low + i * width, to: low + (i + 1) * width, count }));
}

export interface Band {
  readonly time: number;
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}

/** Lowest, mean and highest value in each of `buckets` stretches with equally many rows. */
export function bands(time: readonly number[], values: readonly number[], buckets: number): Band[] {
  const count = Math.min(buckets, values.length);
  return Array.from({ length: count }, (_, b) => {
    const from = Math.floor((b * values.length) / count);
    const part = values.slice(from, Math.floor(((b + 1) * values.length) / count));
    const low = part.reduce((a, v) => Math.min(a, v), Infinity);
    const high = part.reduce((a, v) => Math.max(a, v), -Infinity);
    return { time: time[from]!, low, mean: part.reduce((a, v) => a + v, 0) / part.length, high };
  });
}
