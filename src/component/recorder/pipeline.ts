/**
 * Complete rows through a recorder's policies.
 *
 *                                                          ┌► trigger: pre ring, window ─┐
 *   row ──► when ──► every ──► rate ──► on_change ──► keeps ┼─────────────────────────────┼──► recording
 *    │                                                     └► keep: ring, at the end ────┘
 *    └──► triggers, episodes: look at every complete row
 */
import type { Recording } from "../component.js";
import { createEpisodes } from "./policies/episodes.js";
import { every } from "./policies/every.js";
import type { Filter, Stateful } from "./policies/policy.js";
import { rate } from "./policies/rate.js";
import { createRing, type HeldRow } from "./policies/ring.js";
import { triggerWindow } from "./policies/trigger.js";
import type { Policies } from "./read.js";
import { Recorder, type RowContext } from "./recorder.js";
import type { RecordedRow } from "./row.js";

export interface Pipeline extends Stateful {
  /** The next complete row. A promise asks the run to wait. */
  row(row: RecordedRow): void | Promise<void>;
  /** Writes what is held. */
  end(): Promise<void>;
}

const FIRST_ROW_ALONE = { pre: { rows: 0 }, post: { rows: 0 } } as const;

/** @param facts what is the same in the context of every row */
export function createPipeline(
  policies: Policies,
  recorder: Recorder,
  facts: Pick<RowContext, "params" | "types">,
  recording: Recording,
): Pipeline {
  const { when, change, keep } = policies;
  const own = recorder.constructor.prototype as Recorder;
  const alone = keep === undefined && own.triggers !== Recorder.prototype.triggers;
  const trigger = policies.trigger ?? (alone ? FIRST_ROW_ALONE : undefined);
  const filters: Filter[] = [
    ...(policies.every === undefined ? [] : [every(policies.every)]),
    ...(policies.period_ns === undefined ? [] : [rate(policies.period_ns)]),
  ];
  const window = trigger && triggerWindow(trigger.pre, trigger.post);
  const ring = keep && createRing(keep);
  const hasEpisodes = policies.episodes !== undefined || own.endsEpisode !== Recorder.prototype.endsEpisode;
  const episodes = hasEpisodes ? createEpisodes(policies.episodes ?? {}) : undefined;
  let previous: RecordedRow | undefined;
  let before: RecordedRow | undefined;

  const keeps = (row: RecordedRow, ctx: RowContext<never>): boolean =>
    (when === undefined || when(row, before)) &&
    filters.every((filter) => filter.passes(row)) &&
    (change === undefined || previous === undefined || recorder.change(row, ctx) > change.tolerance) &&
    recorder.keeps(row, ctx);

  const write = ({ row, episode }: HeldRow): void | Promise<void> =>
    recording.row(row.tag_ns, row.microstep, row.entries, episodes === undefined ? undefined : episode);
  const lose = (lost: readonly HeldRow[]): void => {
    for (const { row } of lost) recording.dropped?.(row, "ring full");
  };

  /** Held rows that wait for a disk that is behind. */
  let rest: Iterator<HeldRow> | undefined;
  const pump = (waiting: boolean): void | Promise<void> => {
    while (rest !== undefined) {
      const { done, value } = rest.next();
      if (done) rest = undefined;
      else {
        const waits = write(value);
        if (waits !== undefined && waiting) return waits.then(() => pump(true));
      }
    }
  };
  const writeAll = (rows: Iterable<HeldRow>): void | Promise<void> => {
    rest = rows[Symbol.iterator]();
    return pump(true);
  };

  return {
    row(row) {
      // a run that could not wait: the rows before this one come first all the same
      pump(false);
      const ctx = { previous, before, time_ns: row.tag_ns, ...facts } as unknown as RowContext<never>;
      const episode = episodes?.of(row, recorder.endsEpisode(row, ctx)) ?? 0;
      const kept = keeps(row, ctx);
      const held = kept ? { row, episode } : undefined;
      let waits: void | Promise<void> | undefined;
      if (window !== undefined) {
        const fires = (policies.trigger?.when?.(row, before) ?? false) || recorder.triggers(row, ctx);
        const wasOpen = window.open;
        const { write: now, lost } = window.next(row.tag_ns, fires, held);
        waits = writeAll(now);
        lose(lost);
        if (wasOpen && !window.open) recording.armed?.();
      } else if (held !== undefined) {
        if (ring === undefined) waits = write(held);
        else lose(ring.push(held));
      }
      before = row;
      if (kept) previous = row;
      return waits;
    },
    async end() {
      await pump(true);
      if (ring !== undefined) await writeAll(ring.drain());
      recording.counted?.(recorder.tally());
    },
    snapshot: () => ({
      previous,
      before,
      filters: filters.map((filter) => filter.snapshot()),
      window: window?.snapshot(),
      ring: ring?.snapshot(),
      episodes: episodes?.snapshot(),
    }),
    restore(saved) {
      const state = saved as { [part: string]: unknown };
      previous = state.previous as RecordedRow | undefined;
      before = state.before as RecordedRow | undefined;
      for (const [i, filter] of filters.entries()) filter.restore((state.filters as unknown[])[i]);
      window?.restore(state.window);
      ring?.restore(state.ring);
      episodes?.restore(state.episodes);
    },
  };
}
