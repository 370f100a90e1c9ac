/** What a run remembers between two tags: the numbers and the values of every vertex, where the plan says that they lie. */
import { FIRED, FIRED_NS, LINKS, NUMBERS_AT, type Plan, VALUES_AT } from "./plan.js";

export interface Memory {
  /** The run: `TAG`, `NOW_NS`, `EVENTS`. A vertex: `FIRED`, `FIRED_NS`, `FIRINGS`; then of each slot the stamp, and the ordinal of the tag at which it came (−1: from the start, or never). */
  readonly numbers: Float64Array;
  /** A vertex: the state of a step; then of each slot the value that is held. */
  readonly values: unknown[];
}

/** Empty, but for initial values. */
export function createMemory({ vertices, slots, outs, readers, readerStart, edges, links }: Plan): Memory {
  const end = LINKS * vertices.length;
  const numbers = new Float64Array(links[end + NUMBERS_AT]!);
  const values: unknown[] = new Array(links[end + VALUES_AT]!).fill(undefined);
  for (let rank = 0; rank < vertices.length; rank++) {
    const at = links[LINKS * rank + NUMBERS_AT]!;
    numbers[at + FIRED] = -1;
    numbers[at + FIRED_NS] = -1;
  }
  const hold = (value_at: number, stamp_at: number, value: unknown) => {
    if (value === undefined) return;
    values[value_at] = value;
    numbers[stamp_at] = 0;
  };
  for (const { value_at, stamp_at, initial } of slots) {
    numbers[stamp_at] = Number.NaN;
    numbers[stamp_at + 1] = -1;
    hold(value_at, stamp_at, initial);
  }
  for (const { index, initial } of outs) {
    if (initial === undefined) continue;
    for (let i = readerStart[index]!; i < readerStart[index + 1]!; i += 3) hold(readers[i]!, readers[i + 1]!, initial);
    // a delayed edge has an `initial` of its own
    for (const { slot, select, delay_ns } of edges[index]!) {
      const { value_at, stamp_at } = slots[slot]!;
      if (delay_ns === undefined) hold(value_at, stamp_at, select === undefined ? initial : select(initial));
    }
  }
  return { numbers, values };
}
