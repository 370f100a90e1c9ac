/** `episodes: {by: port}` or `{duration: 10s}`: which complete rows belong together. */
import type { Message } from "../../../message/type.js";
import { sameMessage } from "../difference.js";
import { type RecordedRow, type Spot, valueAt } from "../row.js";
import type { Stateful } from "./policy.js";
import { periodAt } from "./rate.js";

export interface Episodes extends Stateful {
  /** Number of the row's episode; it only grows. `ends`: the row is the last one of its episode. */
  of(row: RecordedRow, ends: boolean): number;
}

/**
 * @param by a new episode begins where the value at this place differs from that of the row before
 * @param duration_ns and at each multiple of this time
 * @example
 * const episodes = createEpisodes({ by: { port: "phase", field: [] } });
 * const row = (message: string) => ({ tag_ns: 0, microstep: 0, entries: [{ port: "phase", stamp_ns: 0, message }] });
 * ["reach", "reach", "grasp", "reach"].map((phase) => episodes.of(row(phase), false)) // [0, 0, 1, 2]
 */
export function createEpisodes({ by, duration_ns }: { readonly by?: Spot; readonly duration_ns?: number }): Episodes {
  let state = { number: -1, value: undefined as Message | undefined, period: 0, ended: true };
  return {
    of(row, ends) {
      const value = by && valueAt(row, by);
      const period = duration_ns === undefined ? 0 : periodAt(row.tag_ns, duration_ns);
      const begins = state.ended || period !== state.period || !sameMessage(value, state.value);
      state = { number: begins ? state.number + 1 : state.number, value, period, ended: ends };
      return state.number;
    },
    snapshot: () => ({ ...state }),
    restore(saved) {
      state = saved as typeof state;
    },
  };
}
