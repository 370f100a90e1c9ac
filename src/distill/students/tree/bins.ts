/**
 * Columns cut into at most 256 bins each, so that a tree looks for a split among bins and not among rows
 * (Li, Burges & Wu 2007; Ke et al. 2017).
 *
 * An edge is a float32 that lies between two values of the column: what a model does with it is exact.
 */
import type { Matrix } from "../../../train/matrix.js";

const MAX_BINS = 256;

export interface Bins {
  readonly rows: number;
  readonly width: number;
  /** Bin of each value, column by column: [width, rows]. */
  readonly codes: Uint8Array;
  /** Values of bin b of a column are at most `edges[column][b]`; the last bin has no edge. */
  readonly edges: readonly Float32Array[];
}

/**
 * Bins with about as many rows in each.
 *
 * @example
 * const { codes, edges } = binsOf({ rows: 4, width: 1, data: Float32Array.of(3, 1, 2, 1) });
 * codes // Uint8Array [2, 0, 1, 0]
 * edges // [Float32Array [1.5, 2.5]]
 */
export function binsOf(x: Matrix): Bins {
  const { rows, width, data } = x;
  const codes = new Uint8Array(rows * width);
  const column = new Float32Array(rows);
  const edges = Array.from({ length: width }, (_, c) => {
    for (let r = 0; r < rows; r++) column[r] = data[r * width + c];
    const found = edgesOf(column.slice().sort());
    for (let r = 0; r < rows; r++) codes[c * rows + r] = binOf(found, column[r]);
    return found;
  });
  return { rows, width, codes, edges };
}

function edgesOf(sorted: Float32Array): Float32Array {
  const edges: number[] = [];
  const distinct = sorted.reduce((n, v, i) => (i > 0 && v !== sorted[i - 1] ? n + 1 : n), 1);
  const share = distinct <= MAX_BINS ? 0 : sorted.length / MAX_BINS;
  let next = share;
  for (let i = 1; i < sorted.length && edges.length < MAX_BINS - 1; i++) {
    if (sorted[i] === sorted[i - 1] || i < next) continue;
    const middle = Math.fround((sorted[i - 1] + sorted[i]) / 2);
    edges.push(middle < sorted[i] ? middle : sorted[i - 1]);
    next = i + share;
  }
  return Float32Array.from(edges);
}

/** The first bin whose edge is not below the value. */
function binOf(edges: Float32Array, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= edges[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}
