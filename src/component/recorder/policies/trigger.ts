/**
 * `trigger: {when, pre, post}`: rows around those for which something holds.
 *
 *      pre      fires   post
 *   ┌─────────┐   │   ┌──────┐
 *   · · · · · · · ● · · · · · · · ·     held, then written once; windows that overlap are one
 *
 * Rows up to `pre` before are held until a trigger fires and then written; from then on rows are written as they come
 * until `post` is over. A trigger within the window prolongs it.
 */
import type { Extent, Stateful } from "./policy.js";
import { createRing, type HeldRow } from "./ring.js";

export interface Window extends Stateful {
  /** Whether rows are written as they come. */
  readonly open: boolean;
  /**
   * The next complete row: whether the trigger fires for it, and the row itself where filters let it through.
   *
   * @returns what is to be written now, oldest first, and what had to be forgotten for want of memory
   */
  next(
    time_ns: number,
    fires: boolean,
    row: HeldRow | undefined,
  ): { readonly write: Iterable<HeldRow>; readonly lost: readonly HeldRow[] };
}

const NOTHING: readonly HeldRow[] = [];

/**
 * @example
 * const window = triggerWindow({ rows: 1 }, { rows: 1 });
 * const rows = [0, 1, 2, 3, 4].map((tag_ns) => ({ row: { tag_ns, microstep: 0, entries: [] }, episode: 0 }));
 * rows.flatMap((row, i) => [...window.next(i, i === 2, row).write].map((w) => w.row.tag_ns)) // [1, 2, 3]
 */
export function triggerWindow(pre: Extent, post: Extent, maxBytes?: number): Window {
  const ring = createRing("rows" in pre ? { rows: pre.rows } : { age_ns: pre.time_ns }, maxBytes);
  let fired_ns = Number.NEGATIVE_INFINITY;
  /** Rows that may still be written after the last trigger, where `post` counts rows. */
  let left = 0;
  const isOpen = (time_ns: number) =>
    fired_ns !== Number.NEGATIVE_INFINITY && ("rows" in post ? left > 0 : time_ns - fired_ns <= post.time_ns);
  let open = false;
  return {
    get open() {
      return open;
    },
    next(time_ns, fires, row) {
      if (fires) {
        fired_ns = time_ns;
        left = "rows" in post ? post.rows : 0;
        ring.age(time_ns);
        open = "rows" in post ? left > 0 : true;
        return { write: row === undefined ? ring.drain() : [...ring.drain(), row], lost: NOTHING };
      }
      open = isOpen(time_ns);
      if (row === undefined) return { write: NOTHING, lost: NOTHING };
      if (!open) return { write: NOTHING, lost: ring.push(row) };
      left--;
      open = isOpen(time_ns);
      return { write: [row], lost: NOTHING };
    },
    snapshot: () => ({ ring: ring.snapshot(), fired_ns, left, open }),
    restore(saved) {
      const state = saved as { ring: unknown; fired_ns: number; left: number; open: boolean };
      ring.restore(state.ring);
      ({ fired_ns, left, open } = state);
    },
  };
}
