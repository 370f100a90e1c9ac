/**
 * Which messages belong together by stamp, whatever their tags: an as-of join.
 *
 * With each message of the anchor, one message of every other port: the latest whose stamp is not later (`backward`), the
 * earliest whose stamp is not earlier (`forward`), or the closest (`nearest`, the earlier of two that are as close), within
 * a tolerance. No row reaches into another episode.
 */
export type Direction = "backward" | "forward" | "nearest";
export const DIRECTIONS: readonly Direction[] = ["backward", "forward", "nearest"];

/** How the messages of one port are found. */
export interface AsOf {
  /** Default `backward`: what a component that holds the last value would have read. */
  readonly direction?: Direction;
  /** The largest distance of stamps that counts; both ends belong to it. Default: any. */
  readonly tolerance_ns?: number;
}

/** Messages of a port, in the order of their recording. */
export interface Stamped {
  readonly port: string;
  readonly stamp_ns: readonly number[];
  readonly episode: readonly number[];
}

export interface Joined {
  readonly rows: number;
  /** For each table, the message of each row. */
  readonly picks: readonly (readonly number[])[];
  /** The table that a row has its tag and stamp from. */
  readonly anchor: number;
  /** Messages that found no row, by cause. */
  readonly incomplete: ReadonlyMap<string, number>;
}

/**
 * Rows by stamp. Stamps may go backwards in a recording: within an episode rows come in the order of their stamps, ties
 * in the order of recording; of several messages of one stamp, the last is the latest and the first the earliest.
 *
 * @param rules one a table; that of the anchor is not looked at.
 */
export function joinAsOf(tables: readonly Stamped[], anchor: number, rules: readonly AsOf[]): Joined {
  const picks = tables.map((): number[] => []);
  const incomplete = new Map<string, number>();
  const walks = tables.map(walkOf);
  const found = tables.map(() => -1);
  const { episode, stamp_ns } = tables[anchor]!;
  for (const row of stampOrder(tables[anchor]!)) {
    let cause: string | undefined;
    for (let i = 0; i < tables.length; i++) {
      found[i] = row;
      if (i === anchor) continue;
      const { port, stamp_ns: stamps } = tables[i]!;
      const { direction = "backward", tolerance_ns = Number.POSITIVE_INFINITY } = rules[i]!;
      const message = walks[i]!(direction, episode[row]!, stamp_ns[row]!);
      if (message === undefined) cause ??= `no ${port}${NONE[direction]}`;
      else if (Math.abs(stamp_ns[row]! - stamps[message]!) > tolerance_ns)
        cause ??= `${port} ${FAR[direction]} the tolerance`;
      else found[i] = message;
    }
    if (cause !== undefined) count(incomplete, cause);
    else for (let i = 0; i < tables.length; i++) picks[i]!.push(found[i]!);
  }
  return { rows: picks[anchor]!.length, picks, anchor, incomplete };
}

const NONE: { readonly [direction in Direction]: string } = { backward: " yet", forward: " any more", nearest: "" };
const FAR: { readonly [direction in Direction]: string } = {
  backward: "older than",
  forward: "younger than",
  nearest: "outside",
};

/** Finds messages of a table for moments that only go forward. */
function walkOf(table: Stamped) {
  const order = stampOrder(table);
  const { episode, stamp_ns } = table;
  /** Whether the message at `at` is before a moment: negative, at it: 0, or after it. */
  const compare = (at: number, inEpisode: number, stamp: number): number =>
    episode[order[at]!]! - inEpisode || stamp_ns[order[at]!]! - stamp;
  // the first that is not earlier, and the first that is later
  let from = 0;
  let later = 0;
  return (direction: Direction, inEpisode: number, stamp: number): number | undefined => {
    while (from < order.length && compare(from, inEpisode, stamp) < 0) from++;
    while (later < order.length && compare(later, inEpisode, stamp) <= 0) later++;
    const within = (at: number): number | undefined =>
      at >= 0 && at < order.length && episode[order[at]!] === inEpisode ? order[at] : undefined;
    const before = within(later - 1);
    if (direction === "backward") return before;
    const after = within(from);
    if (direction === "forward" || before === undefined) return after;
    if (after === undefined) return before;
    return stamp - stamp_ns[before]! <= stamp_ns[after]! - stamp ? before : after;
  };
}

/** Message numbers in the order of episodes and stamps; equal stamps keep their order. */
export function stampOrder({ stamp_ns, episode }: Pick<Stamped, "stamp_ns" | "episode">): readonly number[] {
  const order = stamp_ns.map((_, i) => i);
  const compare = (a: number, b: number) => episode[a]! - episode[b]! || stamp_ns[a]! - stamp_ns[b]!;
  return order.every((i) => i === 0 || compare(i - 1, i) <= 0) ? order : order.sort(compare);
}

export function count(counts: Map<string, number>, cause: string, n = 1): void {
  counts.set(cause, (counts.get(cause) ?? 0) + n);
}
