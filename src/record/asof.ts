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

/** Numbers by their place: an array, or what keeps them elsewhere. */
export interface Numbers {
  readonly length: number;
  at(i: number): number | undefined;
}

/** Messages of a port, in the order of their recording. */
export interface Stamped {
  readonly port: string;
  readonly stamp_ns: Numbers;
  readonly episode: Numbers;
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

/** Rows by stamp, all of them. @param rules as in `asOfRows` */
export function joinAsOf(tables: readonly Stamped[], anchor: number, rules: readonly AsOf[]): Joined {
  const picks = tables.map((): number[] => []);
  const incomplete = new Map<string, number>();
  for (const row of asOfRows(tables, anchor, rules)) {
    if (typeof row === "string") count(incomplete, row);
    else for (const [i, message] of row.entries()) picks[i]!.push(message);
  }
  return { rows: picks[anchor]!.length, picks, anchor, incomplete };
}

/**
 * Rows by stamp, one by one: of each table the number of its message, or why there is none. Stamps may go backwards in a recording: within an episode rows come in the order of their stamps, ties
 * in the order of recording; of several messages of one stamp, the last is the latest and the first the earliest.
 *
 * @param rules one a table; that of the anchor is not looked at.
 * @returns the same array for each row
 */
export function* asOfRows(
  tables: readonly Stamped[],
  anchor: number,
  rules: readonly AsOf[],
): Generator<readonly number[] | string> {
  const walks = tables.map(walkOf);
  const found = tables.map(() => -1);
  const { episode, stamp_ns } = tables[anchor]!;
  const order = stampOrder(tables[anchor]!);
  for (let k = 0; k < order.length; k++) {
    const row = order.at(k)!;
    const [at, stamp] = [episode.at(row)!, stamp_ns.at(row)!];
    let cause: string | undefined;
    for (let i = 0; i < tables.length; i++) {
      found[i] = row;
      if (i === anchor) continue;
      const { port, stamp_ns: stamps } = tables[i]!;
      const { direction = "backward", tolerance_ns = Number.POSITIVE_INFINITY } = rules[i]!;
      const message = walks[i]!(direction, at, stamp);
      if (message === undefined) cause ??= `no ${port}${NONE[direction]}`;
      else if (Math.abs(stamp - stamps.at(message)!) > tolerance_ns)
        cause ??= `${port} ${FAR[direction]} the tolerance`;
      else found[i] = message;
    }
    yield cause ?? found;
  }
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
    episode.at(order.at(at)!)! - inEpisode || stamp_ns.at(order.at(at)!)! - stamp;
  // the first that is not earlier, and the first that is later
  let from = 0;
  let later = 0;
  return (direction: Direction, inEpisode: number, stamp: number): number | undefined => {
    while (from < order.length && compare(from, inEpisode, stamp) < 0) from++;
    while (later < order.length && compare(later, inEpisode, stamp) <= 0) later++;
    const within = (at: number): number | undefined =>
      at >= 0 && at < order.length && episode.at(order.at(at)!) === inEpisode ? order.at(at) : undefined;
    const before = within(later - 1);
    if (direction === "backward") return before;
    const after = within(from);
    if (direction === "forward" || before === undefined) return after;
    if (after === undefined) return before;
    return stamp - stamp_ns.at(before)! <= stamp_ns.at(after)! - stamp ? before : after;
  };
}

/**
 * Message numbers in the order of episodes and stamps; equal stamps keep their order. Where that is the order of the
 * recording it takes no memory, else 20 bytes a message.
 */
export function stampOrder({ stamp_ns, episode }: Pick<Stamped, "stamp_ns" | "episode">): Numbers {
  const { length } = stamp_ns;
  const inOrder = (i: number): boolean =>
    (episode.at(i)! - episode.at(i - 1)! || stamp_ns.at(i)! - stamp_ns.at(i - 1)!) >= 0;
  let sorted = 1;
  while (sorted < length && inOrder(sorted)) sorted++;
  if (sorted >= length) return { length, at: (i) => (i < length ? i : undefined) };
  const [episodes, stamps] = [new Float64Array(length), new Float64Array(length)];
  for (let i = 0; i < length; i++) [episodes[i], stamps[i]] = [episode.at(i)!, stamp_ns.at(i)!];
  const compare = (a: number, b: number) => episodes[a]! - episodes[b]! || stamps[a]! - stamps[b]! || a - b;
  return Uint32Array.from({ length }, (_, i) => i).sort(compare);
}

export function count(counts: Map<string, number>, cause: string, n = 1): void {
  counts.set(cause, (counts.get(cause) ?? 0) + n);
}
