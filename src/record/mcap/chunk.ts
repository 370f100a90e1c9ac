/** Chunks: from a builder to the content of a frame, and from a record to what it says. */
import type { McapChunkBuilder, McapRecordBuilder, McapTypes } from "@mcap/core";
import { Damage, Fields, OPCODE } from "./parse.js";
import { MAX_RECORD_BYTES, type RawRecord } from "./raw-record.js";

/** The records of a chunk, uncompressed, and where its messages are. */
export interface ChunkContent {
  readonly records: Uint8Array;
  /** CRC-32 of the records, where it is known. */
  readonly crc?: number;
  readonly startTime: bigint;
  readonly endTime: bigint;
  /** Its message index records as bytes, and what is where in them. */
  readonly indexes: Uint8Array;
  readonly channels: readonly ChannelIndex[];
}

export interface ChannelIndex {
  readonly channelId: number;
  readonly messages: number;
  /** Where its index record starts among those of its chunk. */
  readonly at: number;
}

export const messagesIn = (channels: readonly ChannelIndex[]): number =>
  channels.reduce((sum, { messages }) => sum + messages, 0);

/** Empties a builder. */
export function takeChunk(chunk: McapChunkBuilder, scratch: McapRecordBuilder): ChunkContent {
  const content = { records: chunk.buffer, startTime: chunk.messageStartTime, endTime: chunk.messageEndTime };
  const indexed = indexesOf(chunk.indices, scratch);
  chunk.reset();
  return { ...content, ...indexed };
}

/** Of a message record: opcode, length, channel, sequence, two times. */
const MESSAGE_HEAD_BYTES = 9 + 2 + 4 + 8 + 8;

/**
 * Empties a builder, as if the message had been added to it: a large one is copied once, into a buffer that `take` gives.
 */
export function takeChunkWith(
  message: McapTypes.Message,
  chunk: McapChunkBuilder,
  scratch: McapRecordBuilder,
  take: (size: number) => Uint8Array<ArrayBuffer>,
): ChunkContent & { readonly buffer: Uint8Array<ArrayBuffer> } {
  const { channelId, sequence, logTime, publishTime, data } = message;
  const before = chunk.buffer;
  const size = before.length + MESSAGE_HEAD_BYTES + data.length;
  const buffer = take(size);
  buffer.set(before);
  const view = new DataView(buffer.buffer, before.length, MESSAGE_HEAD_BYTES);
  view.setUint8(0, OPCODE.message);
  view.setBigUint64(1, BigInt(MESSAGE_HEAD_BYTES - 9 + data.length), true);
  view.setUint16(9, channelId, true);
  view.setUint32(11, sequence, true);
  view.setBigUint64(15, logTime, true);
  view.setBigUint64(23, publishTime, true);
  buffer.set(data, before.length + MESSAGE_HEAD_BYTES);

  const indexes = [...chunk.indices];
  const entry: [bigint, bigint] = [logTime, BigInt(before.length)];
  const own = indexes.find((index) => index.channelId === channelId);
  if (own === undefined) indexes.push({ channelId, records: [entry] });
  else own.records.push(entry);
  const isFirst = chunk.numMessages === 0;
  const startTime = isFirst || logTime < chunk.messageStartTime ? logTime : chunk.messageStartTime;
  const endTime = isFirst || logTime > chunk.messageEndTime ? logTime : chunk.messageEndTime;
  const indexed = indexesOf(indexes, scratch);
  chunk.reset();
  return { records: buffer.subarray(0, size), startTime, endTime, ...indexed, buffer };
}

function indexesOf(
  indices: Iterable<McapTypes.MessageIndex>,
  scratch: McapRecordBuilder,
): Pick<ChunkContent, "indexes" | "channels"> {
  scratch.reset();
  const channels: ChannelIndex[] = [];
  for (const index of indices) {
    channels.push({ channelId: index.channelId, messages: index.records.length, at: scratch.length });
    scratch.writeMessageIndex(index);
  }
  return { indexes: scratch.buffer, channels };
}

export interface ChunkRecord {
  readonly startTime: bigint;
  readonly endTime: bigint;
  /** Bytes of the records, once they are plain. */
  readonly size: number;
  readonly crc: number;
  readonly compression: string;
  /** Offset in the file of the stored bytes. */
  readonly offset: number;
  readonly stored: Uint8Array;
}

/** The fields of a chunk record. @throws Damage */
export function readChunkRecord({ at, bytes }: RawRecord): ChunkRecord {
  const record = new Fields(bytes.subarray(9), at + 9);
  const startTime = record.time();
  const endTime = record.time();
  const size = record.size();
  const crc = record.u32();
  const compression = record.text();
  const offset = record.offset + 8;
  const stored = record.bytes(record.size());
  if (record.left > 0 || (compression === "" && stored.length !== size))
    throw new Damage(at, "a chunk's lengths do not fit each other");
  if (size > MAX_RECORD_BYTES) throw new Damage(at, `a chunk of ${size} bytes is too large`, { size });
  return { startTime, endTime, size, crc, compression, offset, stored };
}

/** Channel and number of messages of a message index record. @throws Damage */
export function readIndexHead({ at, bytes }: RawRecord): Omit<ChannelIndex, "at"> {
  const record = new Fields(bytes.subarray(9), at + 9);
  const channelId = record.u16();
  return { channelId, messages: record.u32() / INDEX_ENTRY_BYTES };
}

/** A time and an offset. */
const INDEX_ENTRY_BYTES = 16;
