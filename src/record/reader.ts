/** Recordings as messages: who recorded what, and the messages in the order in which they were recorded. */
import { compileCodec } from "../message/encode.js";
import { readMicrostep } from "../message/microstep.js";
import { messageSchema } from "../message/normalise.js";
import type { Message, MessageSchema } from "../message/type.js";
import { fail, LimbeckError } from "../problem/problem.js";
import {
  EPISODE,
  type EpisodeMark,
  HEADER,
  type Kept,
  parseEpisode,
  parseHeader,
  parseJson,
  parseKept,
  parseRole,
  portOf,
  type RecordedPort,
  type RecordingHeader,
  ROLE_KEY,
  SUMMARY,
  TYPE_KEY,
} from "./layout.js";
import type { ByteSource } from "./mcap/file.js";
import { type Block, type End, type RawChannel, readBlocks } from "./mcap/reader.js";

export interface RecordedMessage {
  readonly port: string;
  readonly sequence: number;
  /** The tag: time in ns from the run's origin, and microstep. */
  readonly tag_ns: number;
  readonly microstep: number;
  readonly stamp_ns: number;
  readonly message: Message;
  /** Index of its episode; 0 where the file marks none. */
  readonly episode: number;
}

/** What a first pass over a recording finds. */
export interface Scan {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly whole: boolean;
  readonly lost_bytes: number;
  readonly library: string;
  /** Absent in files of other programs. */
  readonly header?: RecordingHeader;
  /** What the recorder said at its end; absent when it never came to it. */
  readonly kept?: Kept;
  readonly channels: readonly ScannedChannel[];
  /** Where its episodes begin; empty where the file marks none. */
  readonly episodes: readonly EpisodeMark[];
}

export interface ScannedChannel extends Partial<RecordedPort> {
  readonly port: string;
  readonly messages: number;
  readonly first_tag_ns: number;
  readonly last_tag_ns: number;
  /** Name of its protobuf type. */
  readonly schemaName: string;
}

interface Counted {
  readonly channel: RawChannel;
  messages: number;
  first: bigint;
  last: bigint;
}

/**
 * Reads a whole recording once: checks every checksum, counts, and computes its digest.
 *
 * @throws LimbeckError L0700, L0701, L0705, L0707; L0300 to L0305 for a message type that is none.
 * @example
 * const source = await openFile("double.mcap");
 * const { whole, kept, channels } = await scanRecording(source);
 * [whole, kept?.rows, channels.length] // [true, 100, 2]
 * await source.close();
 */
export async function scanRecording(source: ByteSource): Promise<Scan> {
  const counted = new Map<number, Counted>();
  let header: RecordingHeader | undefined;
  let kept: Kept | undefined;
  const episodes: EpisodeMark[] = [];
  const end = await eachBlock(source, true, (block) => {
    if (block.metadata?.name === HEADER) header = parseHeader(block.metadata.entries);
    if (block.metadata?.name === SUMMARY) kept = parseKept(block.metadata.entries);
    const mark = episodeOf(block);
    if (mark !== undefined) episodes.push(mark);
    for (const channel of block.channels) counted.set(channel.id, { channel, messages: 0, first: 0n, last: 0n });
    for (const { channel, logTime } of block.messages) {
      const entry = counted.get(channel.id)!;
      if (entry.messages === 0 || logTime < entry.first) entry.first = logTime;
      if (entry.messages === 0 || logTime > entry.last) entry.last = logTime;
      entry.messages++;
    }
  });
  const origin = header?.origin_ns ?? 0n;
  return {
    file: source.name,
    bytes: source.size,
    sha256: end.sha256!,
    whole: end.whole,
    lost_bytes: end.lost_bytes,
    library: end.library,
    ...(header === undefined ? {} : { header }),
    ...(kept === undefined ? {} : { kept }),
    channels: [...counted.values()].map(({ channel, messages, first, last }) => ({
      ...portInfo(channel),
      messages,
      first_tag_ns: Number(first - origin),
      last_tag_ns: Number(last - origin),
      schemaName: channel.schema?.name ?? "",
    })),
    episodes,
  };
}

const episodeOf = ({ metadata }: Block): EpisodeMark | undefined =>
  metadata?.name === EPISODE ? parseEpisode(metadata.entries) : undefined;

async function eachBlock(source: ByteSource, digest: boolean, visit: (block: Block) => void): Promise<End> {
  const blocks = readBlocks(source, { digest });
  for (;;) {
    const next = await blocks.next();
    if (next.done) return next.value;
    visit(next.value);
  }
}

function portInfo(channel: RawChannel): { readonly port: string } & Partial<RecordedPort> {
  const schema = typeOf(channel);
  const role = parseRole(channel.metadata[ROLE_KEY]);
  return {
    port: portOf(channel.topic),
    ...(schema === undefined ? {} : { schema }),
    ...(role === undefined ? {} : { role }),
  };
}

function typeOf(channel: RawChannel): MessageSchema | undefined {
  const raw = parseJson(channel.metadata[TYPE_KEY] ?? "");
  return raw === undefined ? undefined : messageSchema(raw, () => undefined);
}

/**
 * The messages of a recording, decoded, in the order of the file. A file that was cut off ends with its last whole chunk.
 *
 * @param ports only these; all by default.
 * @throws LimbeckError as `scanRecording`, and L0704 for a channel of another program.
 * @example
 * const source = await openFile("double.mcap");
 * let sum = 0;
 * for await (const { message } of readMessages(source, new Set(["x"]))) sum += Number(message);
 * sum // ≈49.5
 * await source.close();
 */
export async function* readMessages(source: ByteSource, ports?: ReadonlySet<string>): AsyncGenerator<RecordedMessage> {
  const decoders = new Map<RawChannel, ((data: Uint8Array) => Message) | undefined>();
  let origin = 0n;
  let episode = 0;
  for await (const block of readBlocks(source)) {
    episode = episodeOf(block)?.index ?? episode;
    if (block.metadata?.name === HEADER) origin = parseHeader(block.metadata.entries)?.origin_ns ?? 0n;
    for (const channel of block.channels) decoders.set(channel, decoder(channel, source.name, ports));
    for (const { channel, sequence, logTime, publishTime, data } of block.messages) {
      const decode = decoders.get(channel);
      if (decode === undefined) continue;
      yield {
        port: portOf(channel.topic),
        sequence,
        tag_ns: Number(logTime - origin),
        microstep: readMicrostep(data),
        stamp_ns: Number(publishTime - origin),
        message: damaged(source.name, block.offset, () => decode(data)),
        episode,
      };
    }
  }
}

function decoder(channel: RawChannel, file: string, ports?: ReadonlySet<string>) {
  const port = portOf(channel.topic);
  if (ports !== undefined && !ports.has(port)) return undefined;
  const schema = typeOf(channel);
  if (schema === undefined) fail("L0704", { file, port });
  return compileCodec(schema, schema.title ?? port).decode;
}

/** Bytes that do not decode are damage at the record that holds them. */
function damaged<T>(file: string, offset: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    return fail("L0701", { file, offset, reason: error.problems[0]!.message }, {}, { cause: error });
  }
}
