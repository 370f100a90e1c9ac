/** Where recorders put messages: an MCAP file, or memory. */
import { ByteBuffer } from "../message/bytes.js";
import { type Codec, compileCodec } from "../message/encode.js";
import { writeMicrostep } from "../message/microstep.js";
import type { Message } from "../message/type.js";
import type { Problem } from "../problem/problem.js";
import {
  channelEntries,
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
import { createMcapWriter, type WriterOptions } from "./mcap/writer.js";

/** Takes the messages of one recording, in order. Nothing here fails the graph: see the result of `close`. */
export interface MessageSink {
  /** A file's path, or a name. */
  readonly name: string;
  /** Comes first, once. */
  open(header: RecordingHeader, ports: readonly RecordedPort[]): void;
  /** `port` is an index into the ports of `open`; times are ns from the run's origin. */
  message(port: number, sequence: number, tag_ns: number, microstep: number, stamp_ns: number, message: Message): void;
  /** Much waits to be written: a caller that can wait should await `flush`. */
  readonly congested: boolean;
  /** Resolves once what was taken is written, or cannot be. */
  flush(): Promise<void>;
  close(kept: Kept): Promise<SinkResult>;
}

export interface SinkResult {
  /** Messages that are in the file. */
  readonly written: number;
  /** Messages that were taken and are not. */
  readonly dropped: number;
  readonly bytes: number;
  readonly failure?: Problem;
}

/**
 * A sink that writes an MCAP file.
 *
 * @example
 * const spec = { name: "reach", mode: "log", graph: "arm", digest: "", seed: 7 } as const;
 * const recorder = createRecorder(spec, [], mcapLog(await createFile("reach.mcap")));
 * await recorder.close() // { file: "reach.mcap", messages: 0, … }
 */
export function mcapLog(file: LogFile, options: Partial<Omit<WriterOptions, "profile">> = {}): MessageSink {
  const writer = createMcapWriter(file, { library: "limbeck", ...options, profile: PROFILE });
  const buffer = new ByteBuffer(1024);
  let codecs: readonly Codec[] = [];
  let channels: readonly number[] = [];
  let origin = 0n;
  return {
    name: file.name,
    open(header, ports) {
      origin = header.origin_ns ?? 0n;
      writer.metadata(HEADER, headerEntries(header));
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
    message(port, sequence, tag_ns, microstep, stamp_ns, message) {
      buffer.reset();
      codecs[port]!.encodeInto(message, buffer);
      writeMicrostep(buffer, microstep);
      writer.message(channels[port]!, sequence, origin + BigInt(tag_ns), origin + BigInt(stamp_ns), buffer.bytes());
    },
    get congested() {
      return writer.congested;
    },
    flush: () => writer.flush(),
    async close(kept) {
      writer.metadata(SUMMARY, keptEntries(kept));
      const { written, dropped, bytes, failure } = await writer.close();
      return { written, dropped, bytes, ...(failure === undefined ? {} : { failure }) };
    },
  };
}

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
      return { written: log.messages.length, dropped: 0, bytes: 0 };
    },
  };
  return log;
}
