/** Which rows train, validate and test: by time or by whole episodes, never row by row. */
import { rng } from "../component/rng.js";
import { fail } from "../problem/problem.js";
import type { DatasetManifest, Range, Split } from "./manifest.js";
import { SPLITS } from "./manifest.js";

/** `fractions` are of training, validation and test, and add up to 1. */
export type SplitSpec = DatasetManifest["split"];

/** The last 20 % of each recording test; of the rest, the last 15 % validate and the others train. */
export const DEFAULT_SPLIT: SplitSpec = { by: "time", fractions: [0.68, 0.12, 0.2] };

/** Ranges of rows, from (included) to (excluded). */
export type Splits = DatasetManifest["splits"];

/** Where rows come from: one entry a row each. */
export interface RowOrigins {
  readonly episode: ArrayLike<number | bigint>;
  readonly tag_ns: ArrayLike<number | bigint>;
  readonly microstep: ArrayLike<number | bigint>;
}

/**
 * Splits rows that are in order of episode and time.
 *
 * By time, each episode is cut twice; rows of one tag time stay together. By episode, episodes are shuffled by the
 * seed and dealt out whole.
 * @param episodes row ranges of the episodes.
 * @throws LimbeckError L0720 when a split would have no row; L0723 for fractions that are none.
 * @example
 * const tags = [0, 1, 2, 3, 4, 5, 6, 7];
 * splitRows({ by: "time", fractions: [0.5, 0.25, 0.25] }, [[0, 8]], tags).validation // [[4, 6]]
 */
export function splitRows(spec: SplitSpec, episodes: readonly Range[], tag_ns: ArrayLike<number>): Splits {
  const { fractions } = spec;
  const sum = fractions.reduce((a, b) => a + b, 0);
  if (fractions.length !== 3 || !fractions.every((f) => f > 0) || Math.abs(sum - 1) > 1e-9)
    fail("L0723", {
      what: "`fractions`",
      found: fractions.join(", "),
      expected: "three positive numbers that add up to 1",
    });
  const splits = spec.by === "time" ? byTime(fractions, episodes, tag_ns) : byEpisode(fractions, episodes, spec.seed);
  const rows = (split: Split) => splits[split].reduce((n, [from, to]) => n + to - from, 0);
  if (SPLITS.some((split) => rows(split) === 0))
    fail("L0720", { have: episodes.reduce((n, [from, to]) => n + to - from, 0), what: "rows", need: 3 });
  return splits;
}

function byTime(fractions: readonly number[], episodes: readonly Range[], tag_ns: ArrayLike<number>): Splits {
  const splits = { train: [] as Range[], validation: [] as Range[], test: [] as Range[] };
  for (const [from, to] of episodes) {
    const cut = (share: number): number => {
      let row = from + Math.round((to - from) * share);
      while (row > from && row < to && tag_ns[row] === tag_ns[row - 1]) row++;
      return row;
    };
    const first = cut(fractions[0]!);
    const second = Math.max(first, cut(fractions[0]! + fractions[1]!));
    const bounds = [from, first, second, to];
    SPLITS.forEach((split, i) => {
      if (bounds[i]! < bounds[i + 1]!) splits[split].push([bounds[i]!, bounds[i + 1]!]);
    });
  }
  return splits;
}

function byEpisode(fractions: readonly number[], episodes: readonly Range[], seed: number): Splits {
  const n = episodes.length;
  if (n < 3) fail("L0720", { have: n, what: n === 1 ? "episode" : "episodes", need: 3 });
  const order = shuffled(n, seed);
  const train = clamp(Math.round(n * fractions[0]!), 1, n - 2);
  const validation = clamp(Math.round(n * (fractions[0]! + fractions[1]!)) - train, 1, n - train - 1);
  const deal = (from: number, to: number): Range[] =>
    [...order.subarray(from, to)]
      .sort((a, b) => a - b)
      .map((i) => episodes[i]!)
      .filter(([a, b]) => a < b);
  return { train: deal(0, train), validation: deal(train, train + validation), test: deal(train + validation, n) };
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/**
 * 0 to n − 1 in an order given by the seed (Fisher–Yates).
 *
 * @example
 * shuffled(4, 7).toSorted() // Uint32Array [0, 1, 2, 3]
 */
export function shuffled(n: number, seed: number): Uint32Array {
  const random = rng(seed);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}

/**
 * Throws when two splits share a row, or the moment of a recording.
 *
 * @param recordings digest of each episode's recording: two episodes with one digest are one recording.
 * @throws LimbeckError L0719.
 */
export function assertDisjoint(splits: Splits, origins: RowOrigins, recordings: readonly string[]): void {
  const rows = origins.episode.length;
  const owner: (Split | undefined)[] = new Array(rows);
  const moments = new Map<string, Split>();
  for (const split of SPLITS) {
    for (const [from, to] of splits[split]) {
      if (from >= to || to > rows)
        fail("L0719", { a: split, b: "other", what: `rows ${from} to ${to}, which do not exist` });
      for (let row = from; row < to; row++) {
        const before = owner[row];
        if (before !== undefined) fail("L0719", { a: before, b: split, what: `row ${row}` });
        owner[row] = split;
        const file = recordings[Number(origins.episode[row])];
        const moment = `${file} ${origins.tag_ns[row]} ${origins.microstep[row]}`;
        const other = moments.get(moment);
        if (other !== undefined && other !== split)
          fail("L0719", {
            a: other,
            b: split,
            what: `the tag ${origins.tag_ns[row]} ns of recording ${file?.slice(0, 12)}`,
          });
        moments.set(moment, split);
      }
    }
  }
}
