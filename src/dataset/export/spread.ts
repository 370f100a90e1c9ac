/**
 * Statistics of columns over rows that are not in memory: two passes.
 *
 * Mean and variance by Chan, Golub & LeVeque (1979), quantiles from a histogram between the extremes, interpolated in
 * its bins: off by a bin's width at most.
 */

const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;
export const SPREAD = ["min", "max", "mean", "std", ...Object.keys(QUANTILES)] as readonly (keyof Spread)[];

/** One number a column. */
export interface Spread {
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly mean: readonly number[];
  /** Over the count. */
  readonly std: readonly number[];
  readonly q01: readonly number[];
  readonly q10: readonly number[];
  readonly q50: readonly number[];
  readonly q90: readonly number[];
  readonly q99: readonly number[];
}

/** What the first pass finds. */
export interface Moments {
  count: number;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** Sum of squared distances from the mean. */
  readonly squares: Float64Array;
}

export const createMoments = (width: number): Moments => ({
  count: 0,
  min: new Float64Array(width).fill(Number.POSITIVE_INFINITY),
  max: new Float64Array(width).fill(Number.NEGATIVE_INFINITY),
  mean: new Float64Array(width),
  squares: new Float64Array(width),
});

/** Takes rows of [rows, width] in. */
export function addRows(moments: Moments, data: ArrayLike<number>): void {
  const { min, max, mean, squares } = moments;
  const width = min.length;
  for (let i = 0; i < data.length; i += width) {
    const n = ++moments.count;
    for (let c = 0; c < width; c++) {
      const x = data[i + c]!;
      if (x < min[c]!) min[c] = x;
      if (x > max[c]!) max[c] = x;
      const delta = x - mean[c]!;
      mean[c]! += delta / n;
      squares[c]! += delta * (x - mean[c]!);
    }
  }
}

/** Takes what another pass found in. */
export function addMoments(into: Moments, from: Moments): void {
  if (from.count === 0) return;
  const n = into.count + from.count;
  for (let c = 0; c < into.min.length; c++) {
    into.min[c] = Math.min(into.min[c]!, from.min[c]!);
    into.max[c] = Math.max(into.max[c]!, from.max[c]!);
    const delta = from.mean[c]! - into.mean[c]!;
    into.mean[c]! += (delta * from.count) / n;
    into.squares[c]! += from.squares[c]! + (delta * delta * into.count * from.count) / n;
  }
  into.count = n;
}

/** Bins of a column; fewer where there are many columns. */
const BINS = 5000;
const MAX_COUNTERS = 2 ** 23;

/** The second pass over the rows that the moments are of. */
export interface Histogram {
  add(data: ArrayLike<number>): void;
  end(): Spread;
}

export function createHistogram({ count, min, max, mean, squares }: Moments): Histogram {
  const width = min.length;
  const bins = Math.max(16, Math.min(BINS, Math.floor(MAX_COUNTERS / Math.max(1, width))));
  const counts = new Float64Array(width * bins);
  const size = min.map((low, c) => (max[c]! - low) / bins);
  const quantile = (c: number, q: number): number => {
    if (size[c] === 0) return min[c]!;
    let wanted = q * count;
    for (let bin = 0; bin < bins; bin++) {
      const here = counts[c * bins + bin]!;
      if (here > 0 && wanted <= here) return Math.min(min[c]! + (bin + wanted / here) * size[c]!, max[c]!);
      wanted -= here;
    }
    return max[c]!;
  };
  return {
    add(data) {
      for (let i = 0; i < data.length; i += width)
        for (let c = 0; c < width; c++) {
          const bin = size[c] === 0 ? 0 : Math.min(bins - 1, Math.floor((data[i + c]! - min[c]!) / size[c]!));
          counts[c * bins + bin]!++;
        }
    },
    end: () => ({
      // JSON has no −0
      min: Array.from(min, (x) => x + 0),
      max: Array.from(max, (x) => x + 0),
      mean: Array.from(mean, (x) => x + 0),
      std: Array.from(squares, (x) => Math.sqrt(x / count)),
      ...(Object.fromEntries(
        Object.entries(QUANTILES).map(([name, q]) => [name, Array.from(min, (_, c) => quantile(c, q) + 0)]),
      ) as { [name in keyof typeof QUANTILES]: number[] }),
    }),
  };
}
