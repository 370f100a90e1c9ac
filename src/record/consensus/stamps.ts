/**
 * Rows of several recordings by stamp: with each message of the anchor, one message of every other port that was taken
 * about when it was, within a tolerance.
 *
 * Two passes: the first keeps a stamp a message and decides the rows; the second reads the messages and holds each from
 * where it is met until its last row. Sources that are about in order of their stamps hold next to nothing.
 */
import type { Entry } from "../../component/component.js";
import { sizeOf } from "../../component/recorder/policies/ring.js";
import { fail } from "../../problem/problem.js";
import { type Direction, joinAsOf } from "../asof.js";
import type { RecordedMessage } from "../reader.js";
import type { Plan, PlannedPort } from "./plan.js";
import { type FilterSource, messagesOf } from "./source.js";
import type { JoinedRow } from "./tags.js";

export interface StampLimits {
  /** Stamps of no more messages than this are compared. */
  readonly stamps: number;
  /** No more bytes of messages than this wait for their row. */
  readonly held_bytes: number;
}
export const STAMP_LIMITS: StampLimits = { stamps: 20_000_000, held_bytes: 512 * 2 ** 20 };

export interface ByStamp {
  readonly direction: Direction;
  readonly tolerance_ns: number;
  /** Each of its messages makes a row; default: the first port that is compared. */
  readonly anchor?: string;
}

/** @throws LimbeckError L0763 for an anchor that is no port, L0766 beyond a bound */
export async function* joinByStamp(
  sources: readonly FilterSource[],
  { ports, groups }: Plan,
  { direction, tolerance_ns, anchor: wanted }: ByStamp,
  limits: StampLimits = STAMP_LIMITS,
): AsyncGenerator<JoinedRow> {
  const names = ports.map(({ port }) => port);
  const first = wanted ?? groups[0]![0]!;
  const anchor = portNamed(ports, first);
  if (anchor < 0) fail("L0763", { ref: first, reason: "no recording has it", known: names });

  const tables = ports.map(({ port }) => ({ port, stamp_ns: [] as number[], episode: [] as number[] }));
  let stamps = 0;
  for (const [i, source] of sources.entries())
    for await (const { index, message } of numbered(source, i, ports)) {
      if (++stamps > limits.stamps) fail("L0766", { what: "messages", limit: limits.stamps });
      tables[index]!.stamp_ns.push(message.stamp_ns);
      // rows of several recordings: their episodes are not the same
      tables[index]!.episode.push(0);
    }
  const compared = new Set(groups.flat().map((ref) => portNamed(ports, ref)));
  // what is not compared is there beside it, with its last value as ever
  const rules = ports.map(({ role }, i) => (role === "input" && !compared.has(i) ? {} : { direction, tolerance_ns }));
  const { rows, picks, incomplete } = joinAsOf(tables, anchor, rules);
  for (const [cause, n] of incomplete) for (let i = 0; i < n; i++) yield { cause };

  const readers = sources.map((source, i) => numbered(source, i, ports));
  const held = ports.map(() => new Map<number, RecordedMessage>());
  /** Rows that still want a message. */
  const wants = picks.map((of) => {
    const counts = new Map<number, number>();
    for (const at of of) counts.set(at, (counts.get(at) ?? 0) + 1);
    return counts;
  });
  let bytes = 0;
  const meet = async (port: number, at: number): Promise<RecordedMessage> => {
    for (;;) {
      const found = held[port]!.get(at);
      if (found !== undefined) return found;
      const { value } = await readers[ports[port]!.source]!.next();
      const { index, number, message } = value as Numbered;
      if (!wants[index]!.has(number)) continue;
      held[index]!.set(number, message);
      bytes += sizeOf(message.message);
      if (bytes > limits.held_bytes) fail("L0766", { what: "bytes", limit: limits.held_bytes });
    }
  };
  for (let row = 0; row < rows; row++) {
    const entries: Entry[] = [];
    let tag: RecordedMessage | undefined;
    for (const [i, { port }] of ports.entries()) {
      const at = picks[i]![row]!;
      const found = await meet(i, at);
      if (i === anchor) tag = found;
      entries.push({ port, stamp_ns: found.stamp_ns, message: found.message });
      const left = wants[i]!.get(at)! - 1;
      wants[i]!.set(at, left);
      if (left > 0) continue;
      held[i]!.delete(at);
      bytes -= sizeOf(found.message);
    }
    const { tag_ns, microstep, episode } = tag!;
    yield { row: { tag_ns, microstep, entries }, episode };
  }
}

/** Index of the port that a name means, or a field of which. */
const portNamed = (ports: readonly PlannedPort[], ref: string): number =>
  ports.findIndex(({ port }) => ref === port || ref.startsWith(`${port}:`));

interface Numbered {
  /** Index of the port. */
  readonly index: number;
  /** Of the message among those of its port. */
  readonly number: number;
  readonly message: RecordedMessage;
}

async function* numbered(source: FilterSource, of: number, ports: readonly PlannedPort[]): AsyncGenerator<Numbered> {
  const indices = new Map(ports.flatMap((port, i) => (port.source === of ? [[port.original, i] as const] : [])));
  const counts = new Map<number, number>();
  if (indices.size === 0) return;
  for await (const message of messagesOf(source, new Set(indices.keys()))) {
    const index = indices.get(message.port)!;
    const number = counts.get(index) ?? 0;
    counts.set(index, number + 1);
    yield { index, number, message };
  }
}
