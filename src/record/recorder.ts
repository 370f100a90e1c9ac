/**
 * A recording in the making: numbers rows or messages, hands them to a sink, and counts what is not kept.
 *
 *     policies ── row ──► complete? ──► paused, full, failed? ──► sink (MCAP, in parts; memory)
 *                            └── incomplete, dropped: counted by cause
 *
 * What is worth keeping was decided before (component/recorder/). A sink that takes no more changes the recorder's state
 * and nothing else.
 */
import { BehaviorSubject, type Observable } from "rxjs";
import type { RecordedRow } from "../component/recorder/row.js";
import type { Message } from "../message/type.js";
import { type Problem, problem } from "../problem/problem.js";
import type { Counts, Drops, Mode, RecordedPort, RecordingHeader } from "./layout.js";
import type { Acks } from "./mcap/writer.js";
import { type MessageSink, sumDrops, totalDrops } from "./sink.js";
import { ARMED, next, type RecorderEvent, type RecorderState } from "./state.js";

export type { RecordedRow } from "../component/recorder/row.js";

/** More than what a message takes beside its encoding: its record, its place in the index, its microstep. */
const MESSAGE_BYTES = 96;
/** More than a number with its key, or the key and length of what is longer. */
const FIELD_BYTES = 24;
/** More than the mark of an episode. */
const MARK_BYTES = 512;

/** The state of a recorder, and why it is full or has failed. */
export interface RecorderLife {
  readonly state: RecorderState;
  readonly reason?: string;
}

export interface Recorder {
  readonly name: string;
  readonly mode: Mode;
  /** Mode `rows`. Rows of one episode carry the same number, which only grows. */
  row(row: RecordedRow, episode?: number): void;
  /** Modes `messages` and `log`. */
  message(
    port: string,
    tag_ns: number,
    microstep: number,
    stamp_ns: number,
    message: Message,
    episode?: number | undefined,
  ): void;
  /** Counts a row that the engine could not put together. */
  incomplete(cause: string): void;
  /** Counts messages of a row that was to be kept, one each of these ports. */
  dropped(ports: readonly string[], cause: string): void;
  /** What the summary is to say beside: counts of the recorder's own, by name. */
  counted(counts: Counts): void;
  /** Nothing is to come until a trigger fires. */
  armed(): void;
  /** Rows and messages are let go by, and counted as incomplete (`paused`), until `resume`. */
  pause(): void;
  resume(): void;
  /** State by state, from the present one on; completes at the close. */
  readonly life: Observable<RecorderLife>;
  /** How far messages have come: accepted, written, durable. */
  readonly acks: Observable<Acks>;
  /** Messages that were to be kept and are not, so far. */
  drops(): Drops;
  /** Much waits to be written: a driver that can wait should await `drained`. */
  readonly congested: boolean;
  drained(): Promise<void>;
  flush(): Promise<void>;
  /** Writes what is left. Never rejects: see `failure`. The same result each time. */
  close(): Promise<RecorderSummary>;
}

export interface RecorderSummary {
  readonly name: string;
  /** The first of its files. */
  readonly file: string;
  /** All of them that are there. */
  readonly files: readonly string[];
  /** Rows in them (0 in the other modes). */
  readonly rows: number;
  /** Messages in them. */
  readonly messages: number;
  /** Rows that were not recorded because something was missing, by cause (`no target`). */
  readonly incomplete: { readonly [cause: string]: number };
  /** What the recorder counted itself, by name: of a consensus, `compared` rows. */
  readonly counts?: Counts;
  /** Messages that should be there and are not: all of them, and of each port by cause. */
  readonly dropped: number;
  readonly drops: Drops;
  /** Rows in files that were deleted to stay below `max_disk`. */
  readonly deleted: number;
  readonly bytes: number;
  /** How it ended. */
  readonly state: RecorderState;
  readonly failure?: Problem;
  /** Says what was lost, where something was. */
  readonly warning?: Problem;
}

/**
 * A recorder over these ports.
 *
 * @example
 * const header = { name: "reach", mode: "rows", graph: "arm", digest: "", seed: 7 } as const;
 * const log = memoryLog();
 * const recorder = createRecorder(header, [{ port: "target", role: "input", schema: { type: "number" } }], log);
 * recorder.row({ tag_ns: 0, microstep: 0, entries: [{ port: "target", stamp_ns: 0, message: 1.5 }] });
 * await recorder.close() // { name: "reach", rows: 1, messages: 1, … }
 * log.messages.map(({ message }) => message) // [1.5]
 */
export function createRecorder(header: RecordingHeader, ports: readonly RecordedPort[], sink: MessageSink): Recorder {
  const index = new Map(ports.map((port, i) => [port.port, i]));
  const causes = new Map<string, number>();
  const ownDrops: { [port: string]: { [cause: string]: number } } = {};
  const life = new BehaviorSubject<RecorderLife>({ state: ARMED });
  let rows = 0;
  let sequence = 0;
  let episode: number | undefined;
  let marks = -1;
  let counts: Counts = {};
  let closed: Promise<RecorderSummary> | undefined;
  sink.open(header, ports);

  /** Rows mostly come in the order of the ports. */
  const indexOf = (port: string, guess: number): number | undefined =>
    ports[guess]?.port === port ? guess : index.get(port);

  const become = (event: RecorderEvent, reason?: string): void => {
    const { state } = life.value;
    const after = next(state, event);
    if (after !== state) life.next({ state: after, ...(reason === undefined ? {} : { reason }) });
  };
  const look = (): void => {
    const { trouble } = sink;
    if (trouble !== undefined) become(trouble.state === "full" ? "fill" : "fail", trouble.reason);
  };
  sink.acks.subscribe(look);

  const count = (cause: string): void => {
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  };
  const drop = (port: string, cause: string): void => {
    ownDrops[port] ??= {};
    ownDrops[port][cause] = (ownDrops[port][cause] ?? 0) + 1;
  };
  const drops = (): Drops => sumDrops([ownDrops, sink.drops()]);

  /** Whether what comes now is written; where not, it is counted. */
  const begins = (entries: RecordedRow["entries"], tag_ns: number): boolean => {
    if (life.value.state === "paused") {
      count("paused");
      return false;
    }
    const cause = sink.limited ? sink.begin(tag_ns, bytesOf(entries)) : undefined;
    if (cause !== undefined) {
      for (const { port } of entries) if (index.has(port)) drop(port, cause);
      look();
      return false;
    }
    if (life.value.state !== "recording") become("writes");
    return true;
  };
  const mark = (at: number | undefined, tag_ns: number): void => {
    if (at === undefined) return;
    if (at !== episode) marks++;
    episode = at;
    sink.episode({ index: marks, sequence, tag_ns });
  };
  const close = async (): Promise<RecorderSummary> => {
    const incomplete = Object.fromEntries(causes);
    const own = totalDrops(ownDrops) === 0 ? {} : { drops: ownDrops };
    const counted = Object.keys(counts).length === 0 ? {} : { counts };
    const { files, written, bytes, deleted, failure, ...lost } = await sink.close({
      rows: rows - worst(sink.drops()),
      incomplete,
      ...own,
      ...counted,
    });
    const all = sumDrops([ownDrops, lost.drops]);
    const dropped = totalDrops(all);
    look();
    life.complete();
    return {
      name: header.name,
      file: sink.name,
      files,
      rows: header.mode === "rows" ? rows - worst(lost.drops) - deleted : 0,
      messages: written,
      incomplete,
      ...counted,
      dropped,
      drops: all,
      deleted,
      bytes,
      state: life.value.state,
      ...(failure === undefined ? {} : { failure }),
      ...(dropped === 0 ? {} : { warning: lossOf(sink.name, all) }),
    };
  };

  return {
    name: header.name,
    mode: header.mode,
    row(row, at) {
      const { tag_ns, microstep, entries } = row;
      const missing = firstMissing(entries, ports);
      if (missing !== undefined) return count(`no ${missing}`);
      if (!begins(entries, tag_ns)) return;
      mark(at, tag_ns);
      for (let k = 0; k < entries.length; k++) {
        const { port, stamp_ns, message } = entries[k]!;
        const i = indexOf(port, k);
        if (i !== undefined) sink.message(i, sequence, tag_ns, microstep, stamp_ns, message);
      }
      rows++;
      sequence++;
    },
    message(port, tag_ns, microstep, stamp_ns, message, at) {
      const i = index.get(port);
      if (i === undefined || !begins([{ port, stamp_ns, message }], tag_ns)) return;
      mark(at, tag_ns);
      sink.message(i, sequence++, tag_ns, microstep, stamp_ns, message);
    },
    incomplete: count,
    dropped(of, cause) {
      for (const port of of) drop(port, cause);
    },
    counted(more) {
      counts = more;
    },
    armed: () => become("waits"),
    pause: () => become("pause"),
    resume: () => become("resume"),
    life: life.asObservable(),
    acks: sink.acks,
    drops,
    get congested() {
      return sink.congested;
    },
    drained: () => sink.drained(),
    flush: () => sink.flush(),
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** Bytes that a row takes in a file, at most. */
const bytesOf = (entries: RecordedRow["entries"]): number =>
  entries.reduce((sum, { message }) => sum + MESSAGE_BYTES + encodedAtMost(message), MARK_BYTES);

/** Bytes of a message's encoding, at most: keys and lengths of its fields included. */
function encodedAtMost(message: Message | undefined): number {
  if (typeof message === "string") return FIELD_BYTES + 3 * message.length;
  if (typeof message !== "object" || message === null) return FIELD_BYTES;
  if (ArrayBuffer.isView(message)) return FIELD_BYTES + message.byteLength;
  let bytes = FIELD_BYTES;
  for (const part of Object.values(message)) bytes += encodedAtMost(part);
  return bytes;
}

/** Rows that lack a message: those of the port that lost most. */
const worst = (drops: Drops): number =>
  Object.values(drops).reduce(
    (most, causes) =>
      Math.max(
        most,
        Object.values(causes).reduce((a, b) => a + b, 0),
      ),
    0,
  );

const lossOf = (file: string, drops: Drops): Problem =>
  problem("L0732", {
    file,
    messages: totalDrops(drops),
    drops: Object.entries(drops).flatMap(([port, causes]) =>
      Object.entries(causes).map(([cause, messages]) => ({ port, cause, messages })),
    ),
  });

function firstMissing(entries: RecordedRow["entries"], ports: readonly RecordedPort[]): string | undefined {
  for (let i = 0; i < ports.length; i++) {
    const { port } = ports[i]!;
    if (entries[i]?.port !== port && !entries.some((entry) => entry.port === port)) return port;
  }
  return undefined;
}
