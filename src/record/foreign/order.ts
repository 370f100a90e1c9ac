/**
 * What is done about messages whose stamps go backwards, one stream at a time.
 *
 * - `refuse`: the import ends there
 * - `drop`: a message older than the one before it is left out, and counted
 * - `sort`: a buffer against jitter: messages are let through in the order of their stamps, each once one that is younger
 *   by the window has come; its tag becomes that of the latest message before it where that is later
 */

export interface Timed {
  readonly tag_ns: bigint;
  readonly stamp_ns: bigint;
}

export type OrderPolicy = "refuse" | "drop" | { readonly sort_ns: number };

/** Messages that one stream may hold back. */
export const MAX_HELD = 1_000_000;
/** Their bytes, about. */
export const MAX_HELD_BYTES = 512 * 1024 * 1024;

/** What a message may do wrong. */
export type Disorder<T> =
  | { readonly kind: "backwards"; readonly what: "stamp" | "tag"; readonly item: T; readonly last_ns: bigint }
  /** Came later than the window. */
  | { readonly kind: "late"; readonly item: T; readonly by_ns: bigint }
  | { readonly kind: "full"; readonly item: T };

export interface Order<T extends Timed> {
  /** Takes one message, and gives those that are let through now. */
  push(item: T): readonly T[];
  /** Gives what is left. */
  end(): readonly T[];
}

/**
 * The order of one stream.
 *
 * @param refuse never returns: it throws
 * @param drop is told of each message that is left out
 * @param bytes about how many a message has
 * @example
 * const late = { tag_ns: 1n, stamp_ns: 1n };
 * const left: unknown[] = [];
 * const order = createOrder("drop", () => { throw new Error(); }, (item) => left.push(item), () => 8);
 * order.push({ tag_ns: 2n, stamp_ns: 2n }).length // 1
 * order.push(late).length // 0
 * left.length // 1
 */
export function createOrder<T extends Timed>(
  policy: OrderPolicy,
  refuse: (disorder: Disorder<T>) => never,
  drop: (item: T) => void,
  bytes: (item: T) => number,
): Order<T> {
  return typeof policy === "object" ? sorting(BigInt(policy.sort_ns), refuse, bytes) : passing(policy, refuse, drop);
}

function passing<T extends Timed>(
  policy: "refuse" | "drop",
  refuse: (disorder: Disorder<T>) => never,
  drop: (item: T) => void,
): Order<T> {
  let last: T | undefined;
  return {
    push(item) {
      if (last !== undefined && (item.stamp_ns < last.stamp_ns || item.tag_ns < last.tag_ns)) {
        if (policy === "drop") {
          drop(item);
          return [];
        }
        const what = item.stamp_ns < last.stamp_ns ? "stamp" : "tag";
        return refuse({ kind: "backwards", what, item, last_ns: last[`${what}_ns`] });
      }
      last = item;
      return [item];
    },
    end: () => [],
  };
}

interface Held<T> {
  readonly item: T;
  readonly sequence: number;
  readonly bytes: number;
}

function sorting<T extends Timed>(
  window_ns: bigint,
  refuse: (disorder: Disorder<T>) => never,
  bytes: (item: T) => number,
): Order<T> {
  const heap: Held<T>[] = [];
  let [sequence, held] = [0, 0];
  let newest: bigint | undefined;
  let tag: bigint | undefined;
  let released: bigint | undefined;
  const release = (): T => {
    const { item, bytes: size } = pop(heap);
    held -= size;
    released = item.stamp_ns;
    tag = tag === undefined || item.tag_ns > tag ? item.tag_ns : tag;
    return item.tag_ns === tag ? item : { ...item, tag_ns: tag };
  };
  return {
    push(item) {
      if (released !== undefined && item.stamp_ns < released)
        return refuse({ kind: "late", item, by_ns: newest! - item.stamp_ns });
      const size = bytes(item);
      push(heap, { item, sequence: sequence++, bytes: size });
      held += size;
      if (newest === undefined || item.stamp_ns > newest) newest = item.stamp_ns;
      const ready: T[] = [];
      while (heap.length > 0 && heap[0]!.item.stamp_ns <= newest - window_ns) ready.push(release());
      if (heap.length > MAX_HELD || held > MAX_HELD_BYTES) return refuse({ kind: "full", item });
      return ready;
    },
    end() {
      const rest: T[] = [];
      while (heap.length > 0) rest.push(release());
      return rest;
    },
  };
}

const before = <T extends Timed>(a: Held<T>, b: Held<T>): boolean =>
  a.item.stamp_ns !== b.item.stamp_ns ? a.item.stamp_ns < b.item.stamp_ns : a.sequence < b.sequence;

function push<T extends Timed>(heap: Held<T>[], held: Held<T>): void {
  let i = heap.length;
  heap.push(held);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(held, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = held;
}

function pop<T extends Timed>(heap: Held<T>[]): Held<T> {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return top;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
  return top;
}
