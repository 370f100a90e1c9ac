/**
 * Statistics of columns over some rows: what inputs and outputs are normalised by.
 *
 * All of it is exact, whatever the number of rows, and takes some passes over them and no memory to speak of: quantiles
 * are found by selection (`ranks.ts`).
 */
import type { Range, Statistics } from "./manifest.js";
import { ranked } from "./ranks.js";
import type { Dtype, Floats } from "./scratch.js";
import { countRows } from "./split.js";

const QUANTILES = [0.01, 0.25, 0.5, 0.75, 0.99];

/** Rows that can be gone through again and again. */
export interface Rows {
  readonly dtype: Dtype;
  readonly width: number;
  pieces(from: number, to: number): Iterable<Floats>;
}

/**
 * Minimum, maximum, mean, standard deviation (over the count, in two passes) and quantiles (interpolated between the two
 * nearest ranks) of each column.
 *
 * @param ranges hold at least one row; `turn` is awaited now and then
 */
export async function columnStatistics(
  rows: Rows,
  ranges: readonly Range[],
  turn: () => Promise<void> = async () => {},
): Promise<Statistics> {
  const { dtype, width } = rows;
  const n = countRows(ranges);
  const visit = async (take: (data: Floats) => void): Promise<void> => {
    for (const [from, to] of ranges)
      for (const piece of rows.pieces(from, to)) {
        take(piece);
        await turn();
      }
  };
  const each = (work: (x: number, c: number) => void) =>
    visit((data) => {
      for (let at = 0; at < data.length; at += width) for (let c = 0; c < width; c++) work(data[at + c]!, c);
    });
  const [min, max] = [new Float64Array(width).fill(Number.POSITIVE_INFINITY), new Float64Array(width).fill(-Infinity)];
  const [sum, squares] = [new Float64Array(width), new Float64Array(width)];
  await each((x, c) => {
    if (x < min[c]!) min[c] = x;
    if (x > max[c]!) max[c] = x;
    sum[c]! += x;
  });
  const mean = Array.from(sum, (s) => s / n);
  await each((x, c) => {
    squares[c]! += (x - mean[c]!) ** 2;
  });
  const places = QUANTILES.flatMap((q) => neighbours(q, n));
  const found = await ranked(dtype, width, visit, places);
  const quantile = (q: number, i: number) =>
    found.map((values) => {
      const [low, high] = [values[2 * i]!, values[2 * i + 1]!];
      const rank = q * (n - 1);
      return low + (rank - Math.floor(rank)) * (high - low) + 0;
    });
  return {
    // JSON has no −0
    min: Array.from(min, (x) => x + 0),
    max: Array.from(max, (x) => x + 0),
    mean: mean.map((x) => x + 0),
    std: Array.from(squares, (s) => Math.sqrt(s / n)),
    quantiles: Object.fromEntries(QUANTILES.map((q, i) => [String(q), quantile(q, i)])),
  };
}

/** The two ranks that a quantile lies between. */
function neighbours(q: number, n: number): [number, number] {
  const low = Math.floor(q * (n - 1));
  return [low, Math.min(low + 1, n - 1)];
}
