/**
 * What a component with a clock of its own has pending: timers in order of (time, microstep, order of scheduling).
 *
 * A binary heap in which each timer knows its place, so that one that is cancelled leaves at once.
 */

/** Timers that one node may have pending. */
export const MAX_TIMERS = 100_000;
/** Tasks that one node may run, and messages that it may hold back for one port, at one tag. */
export const MAX_AT_ONCE = 1000;

/** The logical instant at which something is due. */
export interface Due {
  readonly time_ns: number;
  readonly microstep: number;
}

export interface Timer<T> extends Due {
  readonly task: T;
}

export interface Timers<T> {
  readonly size: number;
  add(due: Due, task: T): Timer<T>;
  /** Takes a timer out; nothing happens for one that is not pending. */
  cancel(timer: Timer<T>): void;
  clear(): void;
  /** The first one, if it is due at or before this tag, taken out. */
  take(tag: Due): Timer<T> | undefined;
  /** When the first one is due; `undefined` without one. */
  next(): Due | undefined;
  /** All of them in order. */
  pending(): readonly Timer<T>[];
}

interface Placed<T> extends Timer<T> {
  readonly sequence: number;
  /** Index in the heap; −1 outside. */
  at: number;
}

/** Whether `a` is at an earlier tag than `b`. */
export const before = (a: Due, b: Due): boolean =>
  a.time_ns < b.time_ns || (a.time_ns === b.time_ns && a.microstep < b.microstep);

/**
 * An empty set of timers.
 *
 * @example
 * const timers = createTimers<string>();
 * timers.add({ time_ns: 20, microstep: 0 }, "late");
 * timers.add({ time_ns: 10, microstep: 0 }, "soon");
 * timers.take({ time_ns: 10, microstep: 0 })?.task // "soon"
 * timers.take({ time_ns: 10, microstep: 0 })?.task // undefined
 */
export function createTimers<T>(): Timers<T> {
  const heap: Placed<T>[] = [];
  let sequence = 0;
  const first = (a: Placed<T>, b: Placed<T>) => before(a, b) || (!before(b, a) && a.sequence < b.sequence);
  const put = (timer: Placed<T>, at: number) => {
    heap[at] = timer;
    timer.at = at;
  };

  /** Finds the place of a timer that stands at `at`, upwards or downwards. */
  function settle(timer: Placed<T>, at: number): void {
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]!;
      if (!first(timer, parent)) break;
      put(parent, at);
      at = (at - 1) >> 1;
    }
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && first(heap[right]!, heap[left]!) ? heap[right]! : heap[left]!;
      if (!first(child, timer)) break;
      const from = child.at;
      put(child, at);
      at = from;
    }
    put(timer, at);
  }

  function remove(timer: Placed<T>): void {
    const { at } = timer;
    timer.at = -1;
    const last = heap.pop()!;
    if (last !== timer) settle(last, at);
  }

  return {
    get size() {
      return heap.length;
    },
    add({ time_ns, microstep }, task) {
      const timer: Placed<T> = { time_ns, microstep, task, sequence: sequence++, at: heap.length };
      heap.push(timer);
      settle(timer, timer.at);
      return timer;
    },
    cancel(timer) {
      if ((timer as Placed<T>).at >= 0) remove(timer as Placed<T>);
    },
    clear() {
      for (const timer of heap.splice(0)) timer.at = -1;
    },
    take(tag) {
      const timer = heap[0];
      if (timer === undefined || before(tag, timer)) return undefined;
      remove(timer);
      return timer;
    },
    next: () => heap[0],
    pending: () => [...heap].sort((a, b) => (first(a, b) ? -1 : 1)),
  };
}
