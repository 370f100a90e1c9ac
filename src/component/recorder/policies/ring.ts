/** Rows that are held until they are written or forgotten, the oldest first: bounded by number, bytes and age. */
import type { Message } from "../../../message/type.js";
import type { RecordedRow } from "../row.js";
import type { Stateful } from "./policy.js";

/** No ring holds more bytes of messages than this, whatever it is told. */
export const MAX_RING_BYTES = 2 ** 30;
/** Nor more rows. */
export const MAX_RING_ROWS = 10_000_000;

export interface RingLimits {
  /** No more rows. */
  readonly rows?: number;
  /** No more bytes of messages, as `sizeOf` counts them; the youngest row is held whatever its size. */
  readonly bytes?: number;
  /** None older than this, counted back from now. */
  readonly age_ns?: number;
}

/** A row with what must be known of it when it is written later. */
export interface HeldRow {
  readonly row: RecordedRow;
  readonly episode: number;
}

export interface Ring extends Stateful {
  readonly size: number;
  /** Adds a row; rows are forgotten as limits want it. @returns those forgotten for want of memory alone */
  push(row: HeldRow): readonly HeldRow[];
  /** Forgets what is too old by now. */
  age(time_ns: number): void;
  /** Takes out everything, oldest first. */
  drain(): IterableIterator<HeldRow>;
}

/**
 * @example
 * const ring = createRing({ rows: 2 });
 * for (const tag_ns of [0, 1, 2]) ring.push({ row: { tag_ns, microstep: 0, entries: [] }, episode: 0 });
 * [...ring.drain()].map(({ row }) => row.tag_ns) // [1, 2]
 */
export function createRing(limits: RingLimits, maxBytes = MAX_RING_BYTES, maxRows = MAX_RING_ROWS): Ring {
  const { rows = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY } = limits;
  const { age_ns = Number.POSITIVE_INFINITY } = limits;
  let held: HeldRow[] = [];
  let sizes: number[] = [];
  /** Rows before this one are forgotten. */
  let first = 0;
  let total = 0;

  const count = () => held.length - first;
  const forget = (): HeldRow => {
    const gone = held[first]!;
    total -= sizes[first]!;
    held[first] = undefined as unknown as HeldRow;
    first++;
    if (first >= 64 && 2 * first >= held.length) {
      held = held.slice(first);
      sizes = sizes.slice(first);
      first = 0;
    }
    return gone;
  };
  const ring: Ring = {
    get size() {
      return count();
    },
    push(entry) {
      const size = sizeOfRow(entry.row);
      held.push(entry);
      sizes.push(size);
      total += size;
      ring.age(entry.row.tag_ns);
      while (count() > rows || (total > bytes && count() > 1)) forget();
      const lost: HeldRow[] = [];
      while (count() > maxRows || (total > maxBytes && count() > 1)) lost.push(forget());
      return lost;
    },
    age(time_ns) {
      while (count() > 0 && time_ns - held[first]!.row.tag_ns > age_ns) forget();
    },
    *drain() {
      while (count() > 0) yield forget();
    },
    snapshot: () => held.slice(first),
    restore(saved) {
      for (const entry of saved as readonly HeldRow[]) ring.push(entry);
    },
  };
  return ring;
}

const sizeOfRow = ({ entries }: RecordedRow): number => entries.reduce((sum, { message }) => sum + sizeOf(message), 0);

/**
 * Bytes of a message: 8 a number, 1 a boolean, 2 a character, tensors as they are.
 *
 * @example
 * sizeOf({ position: new Float64Array(2), name: "arm", on: true, counts: [1, 2] }) // 39
 */
export function sizeOf(message: Message | undefined): number {
  if (typeof message === "number") return 8;
  if (typeof message === "string") return 2 * message.length;
  if (typeof message === "boolean") return 1;
  if (typeof message !== "object" || message === null) return 0;
  if (ArrayBuffer.isView(message)) return message.byteLength;
  let size = 0;
  for (const part of Object.values(message)) size += sizeOf(part);
  return size;
}
