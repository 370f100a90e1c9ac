/** Where recorders put messages: an MCAP file, or memory. */
import { EMPTY, type Observable } from "rxjs";
import { type ByteBuffer, writeBytes } from "../message/bytes.js";
import { type Codec, compileCodec } from "../message/encode.js";
import { writeMicrostep } from "../message/microstep.js";
import type { Message } from "../message/type.js";
import type { Problem } from "../problem/problem.js";
import {
  channelEntries,
  type Drops,
  EPISODE,
  type EpisodeMark,
  episodeEntries,
  HEADER,
  headerEntries,
  type Kept,
  keptEntries,
  PROFILE,
  type RecordedPort,
  type RecordingHeader,
  SUMMARY,
  topicOf,
} from "./layout.js";
import type { LogFile } from "./mcap/file.js";
import { type Acks, createMcapWriter, type WriterOptions } from "./mcap/writer.js";

/** Takes the messages of one recording, in order. Nothing here fails the graph: see the result of `close`. */
export interface MessageSink {
  /** A file's path, or a name. */
  readonly name: string;
  /** Comes first, once. */
  open(header: RecordingHeader, ports: readonly RecordedPort[]): void;
  /** There are bounds to what it takes, and so it must know the size of rows. */
  readonly limited: boolean;
  /**
   * Comes before the messages of each row; a file may end here and the next one begin.
   *
   * @param bytes that the row takes, at most
   * @returns why the row cannot be kept: then its messages must not come
   */
  begin(tag_ns: number, bytes: number): string | undefined;
  /** The episode of the row that comes next. */
  episode(mark: EpisodeMark): void;
  /** `port` is an index into the ports of `open`; times are ns from the run's origin. */
  message(port: number, sequence: number, tag_ns: number, microstep: number, stamp_ns: number, message: Message): void;
  /** Much waits to be written: a caller that can wait should await `drained`. */
  readonly congested: boolean;
  /** Resolves once that is no longer so. Changes no byte of the file. */
  drained(): Promise<void>;
  /** Resolves once what was taken is written, or cannot be. */
  flush(): Promise<void>;
  /** How far messages have come; completes after the close. */
  readonly acks: Observable<Acks>;
  /** Why it takes no more, and what that is. */
  readonly trouble: Trouble | undefined;
  /** Messages that are not in the file, so far: those that it was given. */
  drops(): Drops;
  /** @param kept what the recorder itself knows, written at the end of the file */
  close(kept: Kept): Promise<SinkResult>;
}

export interface Trouble {
  readonly state: "full" | "failed";
  readonly reason: string;
}

export interface SinkResult {
  /** Files there are at the end. */
  readonly files: readonly string[];
  /** Messages that are in them. */
  readonly written: number;
  readonly bytes: number;
  /** Messages that were given and are not: all of them, and of each port by cause. */
  readonly dropped: number;
  readonly drops: Drops;
  /** Rows in files that were deleted to make room. */
  readonly deleted: number;
  readonly failure?: Problem;
}

/** A sink that knows how large its file is. */
export interface FileSink extends MessageSink {
  /** Bytes of the file if it were closed now, at most. */
  readonly size: number;
}

/**
 * A sink that writes an MCAP file.
 *
 * @param options `encoded`: messages come as the bytes of their port's codec, their microstep behind them
 * @example
 * const spec = { name: "reach", mode: "log", graph: "arm", digest: "", seed: 7 } as const;
 * const recorder = createRecorder(spec, [], mcapLog(await createFile("reach.mcap")));
 * await recorder.close() // { file: "reach.mcap", messages: 0, … }
 */
export function mcapLog(
  file: LogFile,
  { encoded = false, ...options }: Partial<Omit<WriterOptions, "profile">> & { readonly encoded?: boolean } = {},
): FileSink {
  const writer = createMcapWriter(file, { library: "limbeck", ...options, profile: PROFILE });
  let names: readonly string[] = [];
  let codecs: readonly Codec[] = [];
  let channels: readonly number[] = [];
  let origin = 0n;
  let episode = -1;
  let row = -1;
  let tag = { ns: Number.NaN, time: 0n };
  let stamp = tag;
  // what is encoded now: one function for all messages, since one for each would be garbage
  let codec: Codec | undefined;
  let value: Message | undefined;
  let step = 0;
  const encode = (buffer: ByteBuffer): void => {
    if (encoded) writeBytes(buffer, value as Uint8Array);
    else {
      codec!.encodeInto(value!, buffer);
      writeMicrostep(buffer, step);
    }
  };
  const drops = (): Drops => {
    const { drops: found } = writer.status();
    return sumDrops(found.map(({ channel, cause, messages }) => ({ [names[channel]!]: { [cause]: messages } })));
  };
  return {
    name: file.name,
    open(header, ports) {
      origin = header.origin_ns ?? 0n;
      writer.metadata(HEADER, headerEntries(header));
      names = ports.map(({ port }) => port);
      codecs = ports.map((port) => compileCodec(port.schema, port.schema.title ?? port.port));
      channels = ports.map((port, i) =>
        writer.channel({
          topic: topicOf(port.port),
          schema: { name: codecs[i]!.typeName, encoding: "protobuf", data: codecs[i]!.descriptor },
          messageEncoding: "protobuf",
          metadata: channelEntries(port),
        }),
      );
    },
    limited: false,
    begin: () => undefined,
    episode(mark) {
      if (mark.index === episode) return;
      episode = mark.index;
      writer.metadata(EPISODE, episodeEntries(mark));
    },
    message(port, sequence, tag_ns, microstep, stamp_ns, message) {
      if (sequence !== row) writer.begin();
      row = sequence;
      codec = codecs[port]!;
      value = message;
      step = microstep;
      // the messages of a row, and mostly those of a tag, have one tag and one stamp
      if (tag_ns !== tag.ns) tag = { ns: tag_ns, time: origin + BigInt(tag_ns) };
      if (stamp_ns !== stamp.ns) stamp = { ns: stamp_ns, time: origin + BigInt(stamp_ns) };
      writer.message(channels[port]!, sequence, tag.time, stamp.time, encode);
    },
    get size() {
      return writer.size;
    },
    get congested() {
      return writer.congested;
    },
    drained: () => writer.drained(),
    flush: () => writer.flush(),
    acks: writer.acks,
    get trouble(): Trouble | undefined {
      const { trouble } = writer;
      if (trouble === undefined) return undefined;
      return { state: trouble.cause === "disk full" ? "full" : "failed", reason: trouble.problem.message };
    },
    drops,
    async close(kept) {
      const all = sumDrops([kept.drops ?? {}, drops()]);
      writer.metadata(SUMMARY, keptEntries({ ...kept, ...(isEmpty(all) ? {} : { drops: all }) }));
      const { written, dropped, bytes, failure } = await writer.close();
      return {
        // one that could not be made is not there
        files: failure !== undefined && bytes === 0 ? [] : [file.name],
        written,
        bytes,
        dropped,
        drops: drops(),
        deleted: 0,
        ...(failure === undefined ? {} : { failure }),
      };
    },
  };
}

/** Counts added up. */
export function sumDrops(parts: readonly Drops[]): Drops {
  const sum: { [port: string]: { [cause: string]: number } } = {};
  for (const part of parts)
    for (const [port, causes] of Object.entries(part)) {
      sum[port] ??= {};
      for (const [cause, n] of Object.entries(causes)) sum[port][cause] = (sum[port][cause] ?? 0) + n;
    }
  return sum;
}

/** All messages of these counts. */
export const totalDrops = (drops: Drops): number =>
  Object.values(drops).reduce((sum, causes) => Object.values(causes).reduce((n, m) => n + m, sum), 0);

const isEmpty = (drops: Drops): boolean => Object.keys(drops).length === 0;

/** One message in a memory log. */
export interface LoggedMessage {
  readonly port: string;
  readonly sequence: number;
  readonly tag_ns: number;
  readonly microstep: number;
  readonly stamp_ns: number;
  readonly message: Message;
}

export interface MemoryLog extends MessageSink {
  header: RecordingHeader | undefined;
  ports: readonly RecordedPort[];
  readonly messages: LoggedMessage[];
  readonly episodes: EpisodeMark[];
  kept: Kept | undefined;
}

/**
 * A sink that keeps everything in memory.
 *
 * @example
 * const log = memoryLog();
 * const header = { name: "reach", mode: "log", graph: "arm", digest: "", seed: 7 } as const;
 * log.open(header, [{ port: "x", role: "stream", schema: { type: "number" } }]);
 * log.message(0, 0, 1e7, 0, 1e7, 0.5);
 * log.messages // [{ port: "x", sequence: 0, tag_ns: 10_000_000, message: 0.5, … }]
 */
export function memoryLog(name = "memory"): MemoryLog {
  const log: MemoryLog = {
    name,
    header: undefined,
    ports: [],
    messages: [],
    kept: undefined,
    congested: false,
    trouble: undefined,
    acks: EMPTY,
    limited: false,
    begin: () => undefined,
    episode(mark) {
      if (log.episodes.at(-1)?.index !== mark.index) log.episodes.push(mark);
    },
    drops: () => ({}),
    drained: async () => {},
    episodes: [],
    open(header, ports) {
      log.header = header;
      log.ports = ports;
    },
    message(port, sequence, tag_ns, microstep, stamp_ns, message) {
      log.messages.push({ port: log.ports[port]!.port, sequence, tag_ns, microstep, stamp_ns, message });
    },
    flush: async () => {},
    async close(kept) {
      log.kept = kept;
      return { files: [name], written: log.messages.length, bytes: 0, dropped: 0, drops: {}, deleted: 0 };
    },
  };
  return log;
}
