/** What a run remembers between two tags: the numbers and the values of every vertex, where the plan says that they lie. */
import { ARRIVED, FIRED, FIRED_NS, LINKS, NUMBER, NUMBERS_AT, type Place, type Plan, VALUES_AT } from "../plan/plan.js";

export interface Memory {
  /** The run: `TAG`, `NOW_NS`, `EVENTS`. A vertex: `FIRED`, `FIRED_NS`, `FIRINGS`; then of each of its places the stamp, the ordinal of the tag at which it came (−1: from the start, or never), and the value if it is a bare number. */
  readonly numbers: Float64Array;
  /** A vertex: the state of a step; then of each of its places the value. */
  readonly values: unknown[];
}

/** Empty, but for initial values. */
export function createMemory({ vertices, slots, outs, edges, links }: Plan): Memory {
  const end = LINKS * vertices.length;
  const numbers = new Float64Array(links[end + NUMBERS_AT]!);
  const values: unknown[] = new Array(links[end + VALUES_AT]!).fill(undefined);
  for (let rank = 0; rank < vertices.length; rank++) {
    const at = links[LINKS * rank + NUMBERS_AT]!;
    numbers[at + FIRED] = -1;
    numbers[at + FIRED_NS] = -1;
  }
  const hold = ({ value_at, stamp_at }: Place, value: unknown) => {
    if (value === undefined) return;
    if (value_at < 0) numbers[stamp_at + NUMBER] = value as number;
    else values[value_at] = value;
    numbers[stamp_at] = 0;
  };
  for (const { stamp_at } of [...slots, ...outs]) {
    numbers[stamp_at] = Number.NaN;
    numbers[stamp_at + ARRIVED] = -1;
  }
  for (const slot of slots) hold(slot, slot.initial);
  for (const out of outs) {
    const { index, initial } = out;
    if (initial === undefined) continue;
    hold(out, initial);
    // a delayed edge has an `initial` of its own
    for (const { slot, select, delay_ns } of edges[index]!) {
      if (delay_ns === undefined) hold(slots[slot]!, select === undefined ? initial : select(initial));
    }
  }
  return { numbers, values };
}

/** What lies at a place; undefined when there is nothing yet. A bare number is there from the time on that it has a stamp. */
export function held({ numbers, values }: Memory, { stamp_at, value_at }: Place): unknown {
  if (value_at >= 0) return values[value_at];
  return Number.isNaN(numbers[stamp_at]) ? undefined : numbers[stamp_at + NUMBER];
}
