/** What is still to happen: a binary heap of entries ordered by (time, microstep, sequence). */

/** One future happening at a tag. Entries are pooled by their owners; the agenda only orders them. */
export interface Entry {
  time_ns: number;
  microstep: number;
  /** Breaks ties. Set by the agenda. */
  sequence: number;
  readonly happen: () => void;
  /** Stays in the agenda: `happen` moves its own tag on, and schedules nothing else. */
  readonly recurs?: boolean;
}

export class Agenda {
  readonly #heap: Entry[] = [];
  readonly #priority: (() => number) | undefined;
  #sequence = 0;

  /** @param priority among entries of one tag; the order of scheduling without it */
  constructor(priority?: () => number) {
    this.#priority = priority;
  }

  get size(): number {
    return this.#heap.length;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  peek(): Entry | undefined {
    return this.#heap[0];
  }

  push(entry: Entry): void {
    entry.sequence = this.#next();
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#sink(last);
    return first;
  }

  /** Lets the first entry happen, whose tag has come. */
  happen(): void {
    const first = this.#heap[0]!;
    if (first.recurs !== true) {
      this.pop()!.happen();
      return;
    }
    first.happen();
    first.sequence = this.#next();
    if (this.#heap.length > 1) this.#sink(first);
  }

  #next(): number {
    return this.#priority === undefined ? this.#sequence++ : this.#priority();
  }

  /** Puts an entry where it belongs, from the root down. */
  #sink(entry: Entry): void {
    const heap = this.#heap;
    const size = heap.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, entry)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}

const before = (a: Entry, b: Entry): boolean =>
  a.time_ns !== b.time_ns
    ? a.time_ns < b.time_ns
    : a.microstep !== b.microstep
      ? a.microstep < b.microstep
      : a.sequence < b.sequence;
