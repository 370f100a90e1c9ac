/**
 * The inputs that a stream component must hear again to be what it is: its snapshot, since operators hide their state.
 *
 * Kept since the start, or for as long as the component says that it remembers (its horizon).
 */
import type { Message } from "../message/type.js";
import type { Due } from "./timers.js";

/** Messages that a journal keeps. */
export const MAX_JOURNAL = 10_000;
/** Bytes of messages that a journal keeps. */
export const MAX_JOURNAL_BYTES = 64 * 2 ** 20;

/** One message as it came. */
export interface Heard extends Due {
  readonly port: string;
  readonly message: Message;
  readonly stamp_ns: number;
  /** State of the component's generator before the message, where it has one. */
  readonly rng?: readonly number[];
}

export interface Journal {
  add(heard: Heard): void;
  /** What a reader at this time may no longer remember is let go. */
  forget(time_ns: number): void;
  /** What was heard and not forgotten, in order; `undefined` once it was more than a journal keeps. */
  entries(): readonly Heard[] | undefined;
  restore(entries: readonly Heard[]): void;
}

/** @param horizon_ns infinite: everything is kept */
export function createJournal(horizon_ns: number): Journal {
  let kept: Heard[] = [];
  let sizes: number[] = [];
  /** Entries before this one are forgotten. */
  let first = 0;
  let bytes = 0;
  /** Nothing is kept until what was lost is older than the horizon. */
  let lost_ns = Number.NEGATIVE_INFINITY;

  const journal: Journal = {
    add(heard) {
      if (lost_ns === Number.POSITIVE_INFINITY) return;
      const size = sizeOf(heard.message);
      kept.push(heard);
      sizes.push(size);
      bytes += size;
      if (kept.length - first <= MAX_JOURNAL && bytes <= MAX_JOURNAL_BYTES) return;
      kept = [];
      sizes = [];
      first = bytes = 0;
      lost_ns = horizon_ns === Number.POSITIVE_INFINITY ? horizon_ns : heard.time_ns;
    },
    forget(time_ns) {
      const oldest = time_ns - horizon_ns;
      while (first < kept.length && kept[first]!.time_ns < oldest) bytes -= sizes[first++]!;
      if (lost_ns < oldest) lost_ns = Number.NEGATIVE_INFINITY;
      if (first < 64 || 2 * first < kept.length) return;
      kept = kept.slice(first);
      sizes = sizes.slice(first);
      first = 0;
    },
    entries: () => (lost_ns === Number.NEGATIVE_INFINITY ? kept.slice(first) : undefined),
    restore(entries) {
      for (const heard of entries) journal.add(heard);
    },
  };
  return journal;
}

/** About how many bytes a message takes. */
function sizeOf(message: Message | undefined): number {
  if (typeof message === "string") return 2 * message.length;
  if (typeof message !== "object" || message === null) return 8;
  if (ArrayBuffer.isView(message)) return message.byteLength;
  let size = 8;
  for (const part of Object.values(message)) size += sizeOf(part);
  return size;
}
