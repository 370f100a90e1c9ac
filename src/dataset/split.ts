/** Which rows train, validate and test: by time or by whole episodes; row by row only for whoever asks for it. */
import { rng } from "../component/rng.js";
import { fail } from "../problem/problem.js";
import type { Numbers } from "../record/asof.js";
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
  /** Index of the recording. */
  readonly recording: Numbers;
  readonly tag_ns: Numbers;
  readonly microstep: Numbers;
}

/** What the rows of a port are made of, in numbers that rise through all recordings: one entry a row. */
export interface Reach {
  readonly newest: Numbers;
  readonly oldest: Numbers;
}

/**
 * Splits rows that are in order of episode and time.
 *
 * By time, each episode is cut twice; rows of one tag time stay together. By episode, episodes are shuffled by the
 * seed and dealt out whole. By row, rows are: neighbours, which are nearly equal, then stand on both sides, and a test
 * score says little; rows of one tag time still stay together.
 * @param episodes row ranges of the episodes.
 * @throws LimbeckError L0720 when a split would have no row; L0723 for fractions that are none.
 * @example
 * const tags = [0, 1, 2, 3, 4, 5, 6, 7];
 * splitRows({ by: "time", fractions: [0.5, 0.25, 0.25] }, [[0, 8]], tags).validation // [[4, 6]]
 */
export function splitRows(spec: SplitSpec, episodes: readonly Range[], tag_ns: Numbers): Splits {
  const { fractions } = spec;
  const sum = fractions.reduce((a, b) => a + b, 0);
  if (fractions.length !== 3 || !fractions.every((f) => f > 0) || Math.abs(sum - 1) > 1e-9)
    fail("L0723", {
      what: "`fractions`",
      found: fractions.join(", "),
      expected: "three positive numbers that add up to 1",
    });
  const splits =
    spec.by === "time"
      ? byTime(fractions, episodes, tag_ns)
      : spec.by === "episode"
        ? byEpisode(fractions, episodes, spec.seed)
        : byRow(fractions, episodes, tag_ns, spec.seed);
  const have = episodes.reduce((n, [from, to]) => n + to - from, 0);
  const empty = SPLITS.find((split) => countRows(splits[split]) === 0);
  if (empty !== undefined) fail("L0720", { have, what: have === 1 ? "row" : "rows", need: 3, empty });
  return splits;
}

export const countRows = (ranges: readonly Range[]): number => ranges.reduce((n, [from, to]) => n + to - from, 0);

/**
 * Leaves out the rows at the beginning of a range whose history reaches into the split before it.
 *
 * @returns the splits, and how many rows are in none now
 * @throws LimbeckError L0720 when a split has no other rows
 */
export function withoutShared(splits: Splits, reaches: readonly Reach[]): { splits: Splits; left: number } {
  let left = 0;
  const purged = ([from, to]: Range): Range[] => {
    let row = from;
    while (row < to && reaches.some(({ newest, oldest }) => from > 0 && oldest.at(row)! <= newest.at(from - 1)!)) row++;
    left += row - from;
    return row < to ? [[row, to]] : [];
  };
  const rest = Object.fromEntries(SPLITS.map((split) => [split, splits[split].flatMap(purged)])) as unknown as Splits;
  const have = SPLITS.reduce((n, split) => n + countRows(rest[split]), 0);
  const empty = SPLITS.find((split) => rest[split].length === 0);
  if (empty !== undefined) fail("L0720", { have, what: "rows that share no history", need: 3, empty });
  return { splits: rest, left };
}

function byTime(fractions: readonly number[], episodes: readonly Range[], tag_ns: Numbers): Splits {
  const splits = { train: [] as Range[], validation: [] as Range[], test: [] as Range[] };
  for (const [from, to] of episodes) {
    const cut = (share: number): number => {
      let row = from + Math.round((to - from) * share);
      while (row > from && row < to && tag_ns.at(row) === tag_ns.at(row - 1)) row++;
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

function byRow(fractions: readonly number[], episodes: readonly Range[], tag_ns: Numbers, seed: number): Splits {
  const moments: Range[] = [];
  for (const [from, to] of episodes) {
    for (let row = from, next: number; row < to; row = next) {
      next = row + 1;
      while (next < to && tag_ns.at(next) === tag_ns.at(row)) next++;
      moments.push([row, next]);
    }
  }
  const n = moments.length;
  if (n < 3) return fail("L0720", { have: n, what: n === 1 ? "row" : "rows", need: 3 });
  const order = shuffled(n, seed);
  const train = clamp(Math.round(n * fractions[0]!), 1, n - 2);
  const validation = clamp(Math.round(n * (fractions[0]! + fractions[1]!)) - train, 1, n - train - 1);
  const deal = (from: number, to: number): Range[] => {
    const ranges: [number, number][] = [];
    for (const i of order.slice(from, to).sort()) {
      const [a, b] = moments[i]!;
      const last = ranges.at(-1);
      if (last?.[1] === a) last[1] = b;
      else ranges.push([a, b]);
    }
    return ranges;
  };
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
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  shuffleInPlace(order, seed);
  return order;
}

/** Puts values into an order given by the seed (Fisher–Yates). */
export function shuffleInPlace(values: Uint32Array, seed: number): void {
  const random = rng(seed);
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const swap = values[i]!;
    values[i] = values[j]!;
    values[j] = swap;
  }
}

/**
 * Throws when two splits share a row.
 *
 * @throws LimbeckError L0719.
 */
export function assertApart(splits: Splits, rows: number): void {
  const ranges = SPLITS.flatMap((split) => splits[split].map(([from, to]) => ({ split, from, to })));
  for (const { split, from, to } of ranges)
    if (from >= to || to > rows)
      fail("L0719", { a: split, b: "other", what: `rows ${from} to ${to}, which do not exist` });
  ranges.sort((a, b) => a.from - b.from);
  for (const [i, b] of ranges.entries()) {
    const a = ranges[i - 1];
    if (a !== undefined && b.from < a.to) {
      const [first, second] = SPLITS.indexOf(a.split) <= SPLITS.indexOf(b.split) ? [a, b] : [b, a];
      fail("L0719", { a: first.split, b: second.split, what: `row ${b.from}` });
    }
  }
}

/**
 * Throws when two splits share a row, or the moment of a recording.
 *
 * @param recordings digest of each recording: two with one digest are one recording.
 * @throws LimbeckError L0719.
 */
export function assertDisjoint(splits: Splits, origins: RowOrigins, recordings: readonly string[]): void {
  const { recording, tag_ns, microstep } = origins;
  const rows = recording.length;
  assertApart(splits, rows);
  const ranges = SPLITS.flatMap((split) => splits[split].map(([from, to]) => ({ split, from, to })));
  ranges.sort((a, b) => a.from - b.from);
  const fileOf = recordings.map((digest) => recordings.indexOf(digest));
  const moment = (row: number) => ({
    file: fileOf[recording.at(row)!]!,
    tag_ns: tag_ns.at(row)!,
    microstep: microstep.at(row)!,
  });
  const visit = (take: (row: number, split: Split) => void): void => {
    for (const { split, from, to } of ranges) for (let row = from; row < to; row++) take(row, split);
  };
  const differ = (found: Split, split: Split, { tag_ns, file }: Moment): void => {
    if (found === split) return;
    const [a, b] = [found, split].sort((x, y) => SPLITS.indexOf(x) - SPLITS.indexOf(y));
    const what = `the tag ${tag_ns} ns of recording ${recordings[file]!.slice(0, 12)}`;
    fail("L0719", { a: a!, b: b!, what });
  };

  let before: (Moment & { readonly split: Split }) | undefined;
  let inOrder = true;
  visit((row, split) => {
    if (!inOrder) return;
    const now = moment(row);
    const order = before === undefined ? 1 : compare(before, now);
    if (order > 0 && before !== undefined) inOrder = false;
    else if (order === 0) differ(before!.split, split, now);
    before = { ...now, split };
  });
  if (inOrder) return;
  // rows in another order: as many at a time as can be kept, chosen by what their moment hashes to
  const passes = Math.ceil(rows / MAX_MOMENTS);
  for (let pass = 0; pass < passes; pass++) {
    const seen = new Map<string, Split>();
    visit((row, split) => {
      const now = moment(row);
      if (((now.tag_ns % 999_983) + 31 * now.microstep + 7 * now.file) % passes !== pass) return;
      const key = `${now.file} ${now.tag_ns} ${now.microstep}`;
      differ(seen.get(key) ?? split, split, now);
      seen.set(key, split);
    });
  }
}

interface Moment {
  readonly file: number;
  readonly tag_ns: number;
  readonly microstep: number;
}

/** Moments that are held against each other at a time. */
const MAX_MOMENTS = 2 ** 18;

const compare = (a: Moment, b: Moment): number => a.file - b.file || a.tag_ns - b.tag_ns || a.microstep - b.microstep;
