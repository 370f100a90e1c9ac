/**
 * A recording in several files, each whole on its own, and never more bytes on the disk than it may have.
 *
 *   NAME-0001.mcap   NAME-0001.1.mcap   NAME-0001.2.mcap      rows, episodes and their numbers run on
 *
 * A file ends before a row that belongs to another period of `split.time`, or that would make it larger than
 * `split.bytes`. All files together stay below `max_disk.bytes`: then it stops, or the oldest file goes.
 */
import { BehaviorSubject } from "rxjs";
import type { RecordingSpec } from "../component/component.js";
import { periodAt } from "../component/recorder/policies/rate.js";
import type { Drops, EpisodeMark, Kept, RecordedPort, RecordingHeader } from "./layout.js";
import type { LogFile } from "./mcap/file.js";
import type { Acks } from "./mcap/writer.js";
import { type FileSink, type MessageSink, type SinkResult, sumDrops, type Trouble, totalDrops } from "./sink.js";

/** A recording has no more files. */
export const MAX_PARTS = 100_000;

/** The files of one recording; part 0 is there. */
export interface PartFiles {
  /** Makes the file of a part once something is written to it. */
  part(index: number): LogFile;
  remove(name: string): Promise<void>;
}

export type Limits = Pick<RecordingSpec, "split" | "max_disk">;

interface Part {
  readonly sink: FileSink;
  readonly index: number;
  rows: number;
}

interface ClosedPart {
  readonly rows: number;
  /** At most, until it is closed. */
  readonly size: number;
  readonly result: Promise<SinkResult>;
}

const NO_ACKS: Acks = { accepted: 0, written: 0, durable: 0, dropped: 0 };

/**
 * A sink over parts.
 *
 * @param open a sink of one file
 * @example
 * const part = (i: number) => laterFile(`reach.${i}.mcap`, () => createFile(`reach.${i}.mcap`));
 * const files = { part, remove: async () => {} };
 * const sink = partedLog(mcapLog, await createFile("reach.mcap"), files, { split: { time_ns: 1e9 } });
 * sink.name // "reach.mcap"
 */
export function partedLog(
  open: (file: LogFile) => FileSink,
  first: LogFile,
  files: PartFiles,
  { split, max_disk }: Limits,
): MessageSink {
  /** Parts behind the current one, oldest first, without those that were deleted. */
  const closed: ClosedPart[] = [];
  const results: Promise<SinkResult>[] = [];
  const deletedParts = new Set<Promise<SinkResult>>();
  const acks = new BehaviorSubject<Acks>(NO_ACKS);
  /** Sinks that may still lose messages, and what the others have lost. */
  const living = new Set<FileSink>();
  let lost: Drops = {};
  let head: { readonly header: RecordingHeader; readonly ports: readonly RecordedPort[] };
  let period: number | undefined;
  let full: Trouble | undefined;
  /** What a file takes before its first row. */
  let bare = 0;
  let deleted = 0;
  let removing: Promise<void> = Promise.resolve();
  let part = partOf(open(first), 0);

  function partOf(sink: FileSink, index: number): Part {
    let before = NO_ACKS;
    living.add(sink);
    sink.acks.subscribe((now) => {
      acks.next(plus(acks.value, now, before));
      before = now;
    });
    return { sink, index, rows: 0 };
  }

  function start(): void {
    const { header, ports } = head;
    part.sink.open(split === undefined ? header : { ...header, part: part.index }, ports);
  }

  function end(kept: Kept): Promise<SinkResult> {
    const { sink, rows } = part;
    const { size } = sink;
    const result = sink.close({ ...kept, rows }).then((closing) => {
      living.delete(sink);
      lost = sumDrops([lost, closing.drops]);
      return closing;
    });
    closed.push({ rows, size, result });
    results.push(result);
    return result;
  }

  function nextPart(): void {
    void end({ rows: 0, incomplete: {} });
    part = partOf(open(files.part(part.index + 1)), part.index + 1);
    start();
  }

  const used = (): number => closed.reduce((sum, { size }) => sum + size, part.sink.size);

  function removeOldest(): void {
    const { rows, result } = closed.shift()!;
    deleted += rows;
    deletedParts.add(result);
    removing = removing.then(async () => {
      for (const name of (await result).files) await files.remove(name).catch(() => {});
    });
  }

  const limit = max_disk?.bytes ?? Number.POSITIVE_INFINITY;
  const keepsAll = max_disk?.when_full !== "drop_oldest";
  const noRoom: Trouble = { state: "full", reason: `\`max_disk\` is ${limit} bytes` };

  /** Makes room for so many bytes, as far as it may. */
  function makeRoom(bytes: number): boolean {
    while (used() + bytes > limit) {
      if (keepsAll) return false;
      if (closed.length > 0) removeOldest();
      else if (part.rows > 0) nextPart();
      else return false;
    }
    return true;
  }

  return {
    name: first.name,
    open(header, ports) {
      head = { header, ports };
      start();
      bare = part.sink.size;
    },
    limited: true,
    begin(tag_ns, bytes) {
      if (full !== undefined) return "max_disk";
      const now = split?.time_ns === undefined ? undefined : periodAt(tag_ns, split.time_ns);
      const large = part.sink.size + bytes > (split?.bytes ?? Number.POSITIVE_INFINITY);
      if (part.rows > 0 && part.sink.trouble === undefined && (large || now !== period)) {
        if (part.index + 1 >= MAX_PARTS) full = { state: "full", reason: `there are ${MAX_PARTS} parts` };
        // a file takes room before it holds a row
        else if (keepsAll && used() + bare + bytes > limit) full = noRoom;
        else nextPart();
      }
      period = now;
      if (full === undefined && !makeRoom(bytes)) full = noRoom;
      if (full !== undefined) return "max_disk";
      part.rows++;
      return undefined;
    },
    episode: (mark: EpisodeMark) => part.sink.episode(mark),
    message: (port, sequence, tag_ns, microstep, stamp_ns, message) =>
      part.sink.message(port, sequence, tag_ns, microstep, stamp_ns, message),
    get congested() {
      return part.sink.congested;
    },
    drained: () => part.sink.drained(),
    flush: () => part.sink.flush(),
    acks: acks.asObservable(),
    get trouble() {
      return full ?? part.sink.trouble;
    },
    drops: () => sumDrops([lost, ...[...living].map((sink) => sink.drops())]),
    async close(kept) {
      await end(kept);
      await removing;
      const all = await Promise.all(results);
      const left = all.filter((_, i) => !deletedParts.has(results[i]!));
      const failure = all.find((result) => result.failure !== undefined)?.failure;
      acks.complete();
      return {
        files: left.flatMap((result) => result.files),
        written: left.reduce((sum, { written }) => sum + written, 0),
        bytes: left.reduce((sum, { bytes }) => sum + bytes, 0),
        dropped: totalDrops(lost),
        drops: lost,
        deleted,
        ...(failure === undefined ? {} : { failure }),
      };
    },
  };
}

const plus = (sum: Acks, now: Acks, before: Acks): Acks => ({
  accepted: sum.accepted + now.accepted - before.accepted,
  written: sum.written + now.written - before.written,
  durable: sum.durable + now.durable - before.durable,
  dropped: sum.dropped + now.dropped - before.dropped,
});

/**
 * A file that is made when it is first written to, since making one takes time that a row has not.
 *
 * @example
 * const file = laterFile("later.mcap", () => createFile("later.mcap"));
 * await file.write([Uint8Array.of(1)]) // 1
 * await file.close();
 */
export function laterFile(name: string, make: () => Promise<LogFile>): LogFile {
  let made: Promise<LogFile> | undefined;
  return {
    name,
    async write(pieces) {
      made ??= make();
      return (await made).write(pieces);
    },
    sync: async () => (await made)?.sync(),
    close: async () => (await made?.catch(() => undefined))?.close(),
  };
}
