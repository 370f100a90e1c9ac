/**
 * A recorder: decides which rows or messages are kept, and hands them to a sink.
 *
 *     engine ── row / message ──► every n ──► ring of the last n ──► sink (MCAP, memory)
 *                     └── incomplete rows: counted by cause
 *
 * Without a ring, rows go to the sink as they come. A ring has to forget rows, which a file that only grows cannot:
 * it lives in memory and goes to the sink at `close` (also on an interrupt; a kill loses it).
 */
import type { RecordedRow } from "../component/recorder/row.js";
import type { Message } from "../message/type.js";
import type { Problem } from "../problem/problem.js";
import type { Mode, RecordedPort, RecordingHeader } from "./layout.js";
import type { MessageSink } from "./sink.js";

export type { RecordedRow } from "../component/recorder/row.js";

export interface RecorderSpec extends RecordingHeader {
  /** Keep each n-th complete row, the first among them (default 1). Rows only. */
  readonly every?: number;
  /** Keep the last n rows. Rows only. */
  readonly keep?: { readonly rows: number };
}

export interface Recorder {
  readonly name: string;
  readonly mode: Mode;
  /** Mode `rows`. */
  row(row: RecordedRow): void;
  /** Modes `messages` and `log`. */
  message(port: string, tag_ns: number, microstep: number, stamp_ns: number, message: Message): void;
  /** Counts a row that the engine could not put together. */
  incomplete(cause: string): void;
  /** Much waits to be written: a driver that can wait should await `flush`. */
  readonly congested: boolean;
  flush(): Promise<void>;
  /** Writes what is left. Never rejects: see `failure`. The same result each time. */
  close(): Promise<RecorderSummary>;
}

export interface RecorderSummary {
  readonly name: string;
  readonly file: string;
  /** Rows in the file (0 in the other modes). */
  readonly rows: number;
  /** Messages in the file. */
  readonly messages: number;
  /** Rows that were not recorded because something was missing, by cause (`no target`). */
  readonly incomplete: { readonly [cause: string]: number };
  /** Messages that should be in the file and are not. */
  readonly dropped: number;
  readonly bytes: number;
  readonly failure?: Problem;
}

/**
 * A recorder over these ports.
 *
 * @example
 * const spec = { name: "reach", mode: "rows", graph: "arm", digest: "", seed: 7 } as const;
 * const log = memoryLog();
 * const recorder = createRecorder(spec, [{ port: "target", role: "input", schema: { type: "number" } }], log);
 * recorder.row({ tag_ns: 0, microstep: 0, entries: [{ port: "target", stamp_ns: 0, message: 1.5 }] });
 * await recorder.close() // { name: "reach", rows: 1, messages: 1, … }
 * log.messages.map(({ message }) => message) // [1.5]
 */
export function createRecorder(spec: RecorderSpec, ports: readonly RecordedPort[], sink: MessageSink): Recorder {
  const { every = 1, keep, ...header } = spec;
  const index = new Map(ports.map((port, i) => [port.port, i]));
  const causes = new Map<string, number>();
  const ring = keep === undefined ? undefined : createRing<RecordedRow & { sequence: number }>(keep.rows);
  let complete = 0;
  let rows = 0;
  let sequence = 0;
  let closed: Promise<RecorderSummary> | undefined;
  sink.open(header, ports);

  const count = (cause: string): void => {
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  };
  const write = (row: RecordedRow, rowSequence: number): void => {
    for (const { port, stamp_ns, message } of row.entries) {
      const i = index.get(port);
      if (i !== undefined) sink.message(i, rowSequence, row.tag_ns, row.microstep, stamp_ns, message);
    }
  };
  const close = async (): Promise<RecorderSummary> => {
    let kept = rows;
    if (ring !== undefined) {
      kept = ring.size;
      for (const row of ring.items()) {
        write(row, row.sequence);
        if (sink.congested) await sink.flush();
      }
    }
    const incomplete = Object.fromEntries(causes);
    const { written, dropped, bytes, failure } = await sink.close({ rows: kept, incomplete });
    const lost = spec.mode === "rows" ? Math.ceil(dropped / Math.max(1, ports.length)) : 0;
    return {
      name: spec.name,
      file: sink.name,
      rows: kept - lost,
      messages: written,
      incomplete,
      dropped,
      bytes,
      ...(failure === undefined ? {} : { failure }),
    };
  };

  return {
    name: spec.name,
    mode: spec.mode,
    row(row) {
      const missing = firstMissing(row.entries, ports, index);
      if (missing !== undefined) {
        count(`no ${missing}`);
        return;
      }
      if (complete++ % every !== 0) return;
      const rowSequence = rows++;
      if (ring === undefined) write(row, rowSequence);
      else ring.push({ ...row, sequence: rowSequence });
    },
    message(port, tag_ns, microstep, stamp_ns, message) {
      const i = index.get(port);
      if (i !== undefined) sink.message(i, sequence++, tag_ns, microstep, stamp_ns, message);
    },
    incomplete: count,
    get congested() {
      return sink.congested;
    },
    flush: () => sink.flush(),
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function firstMissing(
  entries: RecordedRow["entries"],
  ports: readonly RecordedPort[],
  index: ReadonlyMap<string, number>,
): string | undefined {
  let found = 0;
  for (const entry of entries) if (index.has(entry.port)) found++;
  if (found === ports.length) return undefined;
  return ports.find(({ port }) => !entries.some((entry) => entry.port === port))?.port;
}

interface Ring<T> {
  readonly size: number;
  push(item: T): void;
  /** Oldest first. */
  items(): Iterable<T>;
}

/** The last `capacity` items. */
function createRing<T>(capacity: number): Ring<T> {
  const slots: T[] = [];
  let next = 0;
  return {
    get size() {
      return slots.length;
    },
    push(item) {
      slots[next] = item;
      next = (next + 1) % capacity;
    },
    *items() {
      const start = slots.length < capacity ? 0 : next;
      for (let i = 0; i < slots.length; i++) yield slots[(start + i) % slots.length]!;
    },
  };
}
