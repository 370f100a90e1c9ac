/** Statistics of columns over some rows: what inputs and outputs are normalised by. */
import type { Range, Statistics } from "./manifest.js";

const QUANTILES = [0.01, 0.25, 0.5, 0.75, 0.99];

/**
 * Minimum, maximum, mean, standard deviation (over the count) and quantiles (interpolated) of each column.
 *
 * @param data [rows, width], row-major; `ranges` hold at least one row.
 */
export function columnStatistics(
  data: Float32Array | Float64Array,
  width: number,
  ranges: readonly Range[],
): Statistics {
  const n = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  const column = new Float64Array(n);
  const statistics = { min: [] as number[], max: [] as number[], mean: [] as number[], std: [] as number[] };
  const quantiles: { [q: string]: number[] } = Object.fromEntries(QUANTILES.map((q) => [String(q), []]));
  for (let c = 0; c < width; c++) {
    let k = 0;
    for (const [from, to] of ranges) for (let row = from; row < to; row++) column[k++] = data[row * width + c]!;
    const mean = column.reduce((sum, x) => sum + x, 0) / n;
    const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    column.sort();
    // JSON has no −0
    statistics.min.push(column[0]! + 0);
    statistics.max.push(column[n - 1]! + 0);
    statistics.mean.push(mean + 0);
    statistics.std.push(Math.sqrt(variance));
    for (const q of QUANTILES) quantiles[q]!.push(quantile(column, q));
  }
  return { ...statistics, quantiles };
}

/** Linear interpolation between the two nearest ranks of a sorted column. */
function quantile(sorted: Float64Array, q: number): number {
  const rank = q * (sorted.length - 1);
  const low = Math.floor(rank);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (rank - low) * (sorted[high]! - sorted[low]!) + 0;
}
