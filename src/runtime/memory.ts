/** What a run remembers between two tags, as flat arrays beside those of the plan. */
import type { Plan } from "./plan.js";

export interface Memory {
  /** By slot: the value that is held, its stamp, and the ordinal of the tag at which it came (−1: from the start, or never). */
  readonly values: unknown[];
  readonly stamps: Float64Array;
  readonly arrived: Float64Array;
  /** By rank: ordinal and time of the tag of the last firing (−1: none yet), and how many there were. */
  readonly fired: Float64Array;
  readonly fired_ns: Float64Array;
  readonly firings: Float64Array;
  /** By rank: the state of a step. */
  readonly states: unknown[];
}

/** Empty, but for initial values. */
export function createMemory({ vertices, slots, outs, readers, readerStart, edges }: Plan): Memory {
  const of = (length: number) => new Float64Array(length).fill(-1);
  const memory: Memory = {
    values: new Array(slots.length).fill(undefined),
    stamps: new Float64Array(slots.length).fill(Number.NaN),
    arrived: of(slots.length),
    fired: of(vertices.length),
    fired_ns: of(vertices.length),
    firings: new Float64Array(vertices.length),
    states: new Array(vertices.length).fill(undefined),
  };
  const hold = (slot: number, value: unknown) => {
    if (value === undefined) return;
    memory.values[slot] = value;
    memory.stamps[slot] = 0;
  };
  for (const { index, initial } of slots) hold(index, initial);
  for (const { index, initial } of outs) {
    if (initial === undefined) continue;
    for (let i = readerStart[index]!; i < readerStart[index + 1]!; i++) hold(readers[i]!, initial);
    // a delayed edge has an `initial` of its own
    for (const { slot, select, delay_ns } of edges[index]!)
      if (delay_ns === undefined) hold(slot, select === undefined ? initial : select(initial));
  }
  return memory;
}
