/**
 * Grows one regression tree by second-order gain (Chen & Guestrin 2016): a split is worth Σ S²/(W + λ) of its two sides
 * less that of the whole, S being the sums of the targets and W that of the weights. With weights of one and λ = 0 this is
 * the fall of the squared error, and, for the columns of a choice, Gini's.
 */
import type { Bins } from "./bins.js";

/** What the rows want: [rows, outputs] targets, of which a leaf gives Σ target / (Σ weight + λ). */
export interface Wanted {
  readonly outputs: number;
  readonly targets: Float64Array;
  /** One a row; ones without it. */
  readonly weights?: Float64Array;
}

export interface GrowOptions {
  readonly depth: number;
  /** Rows that a leaf has at least. */
  readonly leaf: number;
  readonly lambda: number;
  /** The columns that a split is looked for in, drawn anew for every node. */
  columns(): ArrayLike<number>;
  /** Of so many edges, the one that is tried; without it the best of all (Geurts, Ernst & Wehenkel 2006 draw it). */
  edge?(count: number): number;
}

/** Nodes in the order in which they were made; `column` is −1 for a leaf, whose values are at its `value`. */
export interface Tree {
  readonly column: readonly number[];
  /** Rows with a value of at most this go left. */
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly value: readonly (Float64Array | undefined)[];
}

interface Split {
  readonly column: number;
  readonly bin: number;
  readonly gain: number;
}

/** A gain below this share of what the node is worth is rounding. */
const ROUNDING = 1e-9;

/**
 * A tree for these rows, which are put into the order of its leaves.
 *
 * @param onLeaf hears of every leaf and of its rows
 */
export function grow(
  bins: Bins,
  wanted: Wanted,
  rows: Int32Array,
  options: GrowOptions,
  onLeaf?: (rows: Int32Array, value: Float64Array) => void,
): Tree {
  const tree = { column: [] as number[], threshold: [] as number[], left: [] as number[], right: [] as number[] };
  const value: (Float64Array | undefined)[] = [];
  const search = searcher(bins, wanted, options);
  const open: { node: number; from: number; to: number; depth: number }[] = [];
  const put = (from: number, to: number, depth: number): number => {
    const node = tree.column.push(-1) - 1;
    tree.threshold.push(0);
    tree.left.push(0);
    tree.right.push(0);
    value.push(undefined);
    open.push({ node, from, to, depth });
    return node;
  };
  put(0, rows.length, 0);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, from, to, depth } = next;
    const own = rows.subarray(from, to);
    const sums = sumsOf(wanted, own);
    const split = depth < options.depth && own.length >= 2 * options.leaf ? search(own, sums) : undefined;
    if (split === undefined) {
      const { outputs } = wanted;
      const leaf = Float64Array.from({ length: outputs }, (_, o) => sums[o] / (sums[outputs] + options.lambda));
      value[node] = leaf;
      onLeaf?.(own, leaf);
      continue;
    }
    const middle = from + partition(bins, own, split);
    tree.column[node] = split.column;
    tree.threshold[node] = bins.edges[split.column][split.bin];
    tree.left[node] = put(from, middle, depth + 1);
    tree.right[node] = put(middle, to, depth + 1);
  }
  return { ...tree, value };
}

/** Sums of the targets, then of the weights. */
function sumsOf({ outputs, targets, weights }: Wanted, rows: Int32Array): Float64Array {
  const sums = new Float64Array(outputs + 1);
  for (const r of rows) {
    for (let o = 0; o < outputs; o++) sums[o] += targets[r * outputs + o];
    sums[outputs] += weights === undefined ? 1 : weights[r];
  }
  return sums;
}

/** Puts the rows that go left before the others, each side in its order. @returns how many go left */
function partition({ codes, rows: all }: Bins, rows: Int32Array, { column, bin }: Split): number {
  const right = new Int32Array(rows.length);
  let [lefts, rights] = [0, 0];
  for (const r of rows)
    if (codes[column * all + r] <= bin) rows[lefts++] = r;
    else right[rights++] = r;
  rows.set(right.subarray(0, rights), lefts);
  return lefts;
}

/** Looks for the best split of some rows; one histogram is used for all, and left empty. */
function searcher(
  { codes, edges, rows: all }: Bins,
  { outputs, targets, weights }: Wanted,
  { leaf, lambda, columns, edge }: GrowOptions,
) {
  const most = edges.reduce((n, e) => Math.max(n, e.length + 1), 1);
  const stride = outputs + 1;
  const sums = new Float64Array(most * stride);
  const counts = new Int32Array(most);
  const left = new Float64Array(stride);
  return (rows: Int32Array, total: Float64Array): Split | undefined => {
    const worth = (side: Float64Array, weight: number): number => {
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += side[o] * side[o];
      return sum / (weight + lambda);
    };
    const whole = worth(total, total[outputs]);
    let best: Split | undefined;
    const chosen = columns();
    for (let k = 0; k < chosen.length; k++) {
      const column = chosen[k];
      const at = column * all;
      let [low, high] = [most, -1];
      for (const r of rows) {
        const bin = codes[at + r];
        if (bin < low) low = bin;
        if (bin > high) high = bin;
        counts[bin]++;
        const h = bin * stride;
        for (let o = 0, t = r * outputs; o < outputs; o++, t++) sums[h + o] += targets[t];
        sums[h + outputs] += weights === undefined ? 1 : weights[r];
      }
      const only = edge === undefined || high <= low ? -1 : low + edge(high - low);
      left.fill(0);
      let before = 0;
      for (let bin = low; bin <= high; bin++) {
        if (counts[bin] === 0) continue;
        const h = bin * stride;
        before += counts[bin];
        for (let o = 0; o < stride; o++) {
          left[o] += sums[h + o];
          sums[h + o] = 0;
        }
        counts[bin] = 0;
        // an edge that was drawn between two bins with rows is as good as the bin below it
        if (only >= 0 && !(bin <= only && nextOf(counts, bin, high) > only)) continue;
        if (before < leaf || rows.length - before < leaf) continue;
        let right = 0;
        for (let o = 0; o < outputs; o++) right += (total[o] - left[o]) ** 2;
        const gain = worth(left, left[outputs]) + right / (total[outputs] - left[outputs] + lambda) - whole;
        if (gain > ROUNDING * whole && (best === undefined || gain > best.gain)) best = { column, bin, gain };
      }
    }
    return best;
  };
}

/** The next bin with rows above this one. */
function nextOf(counts: Int32Array, bin: number, high: number): number {
  let next = bin + 1;
  while (next <= high && counts[next] === 0) next++;
  return next;
}

/** What the tree gives for one row in raw units. */
export function leafOf(tree: Tree, row: Float32Array): Float64Array {
  let node = 0;
  while (tree.column[node] >= 0)
    node = row[tree.column[node]] <= tree.threshold[node] ? tree.left[node] : tree.right[node];
  return tree.value[node]!;
}
