/** Chunks: from a builder to the content of a frame, and from a record to what it says. */
import { McapRecordBuilder, type McapTypes } from "@mcap/core";
import { ByteBuffer, writeBytes } from "../../message/bytes.js";
import { Damage, Fields, OPCODE } from "./parse.js";
import type { Pool } from "./pool.js";
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

export const messagesIn = (channels: readonly Pick<ChannelIndex, "messages">[]): number =>
  channels.reduce((sum, { messages }) => sum + messages, 0);

/** The data of a message: bytes, which are copied, or what appends them. */
export type Payload = Uint8Array | ((buffer: ByteBuffer) => void);

/** A chunk whose bytes lie in a buffer that is its own until it is given back. */
export interface BuiltChunk extends ChunkContent {
  readonly buffer: ByteBuffer;
}

/** The open chunk of a log. Messages cost no object each: a run at 1 kHz on 100 ports would spend its time on collecting them. */
export interface ChunkBuilder {
  /** Of its records. */
  readonly byteLength: number;
  readonly messages: number;
  /** Adds the records that name a channel; the chunk then has an index for it, be it empty. */
  declare(channelId: number, declaration: Uint8Array): void;
  /** Adds a message. False when its data has more than `most` bytes: then nothing was added. */
  message(
    channelId: number,
    sequence: number,
    logTime: bigint,
    publishTime: bigint,
    data: Payload,
    most: number,
  ): boolean;
  /** Empties it. */
  take(): BuiltChunk;
  /** Empties it, and says which messages are gone. */
  forget(): readonly Omit<ChannelIndex, "at">[];
}

/** Of a message record: opcode, length, channel, sequence, two times. */
const MESSAGE_HEAD_BYTES = 9 + 2 + 4 + 8 + 8;
/** Of a message index record: opcode, length, channel, bytes of its entries. */
export const INDEX_HEAD_BYTES = 9 + 2 + 4;
/** A time and an offset. */
export const INDEX_ENTRY_BYTES = 16;
/** Of a chunk record: opcode, length, two times, size, checksum, compression (none), size. */
export const CHUNK_HEAD_BYTES = 9 + 8 + 8 + 8 + 4 + 4 + 8;

/** The records that name a channel. */
export function declarationOf(schema: McapTypes.Schema | undefined, channel: McapTypes.Channel): Uint8Array {
  const records = new McapRecordBuilder();
  if (schema !== undefined) records.writeSchema(schema);
  records.writeChannel(channel);
  return records.buffer;
}

/** @param pool where its buffers come from; who takes a chunk gives its buffer back */
export function createChunkBuilder(pool: Pool): ChunkBuilder {
  /** Index entries in the order of the messages, and whose they are. */
  const entries = new ByteBuffer();
  let owners = new Uint16Array(256);
  /** Channels in the order in which they came, their messages, and where each one is among them (1, 2, …; 0: nowhere). */
  let order: number[] = [];
  let counts: number[] = [];
  let places = new Uint32Array(64);
  let buffer: ByteBuffer | undefined;
  let messages = 0;
  let startTime = 0n;
  let endTime = 0n;

  const placeOf = (channelId: number): number => {
    if (channelId >= places.length) {
      const more = new Uint32Array(2 * channelId);
      more.set(places);
      places = more;
    }
    if (places[channelId] === 0) {
      places[channelId] = order.push(channelId);
      counts.push(0);
    }
    return places[channelId]! - 1;
  };

  const reset = (): void => {
    for (const channelId of order) places[channelId] = 0;
    order = [];
    counts = [];
    entries.reset();
    buffer = undefined;
    messages = 0;
    startTime = 0n;
    endTime = 0n;
  };

  /** Appends the message index records, channel by channel. */
  const writeIndexes = (into: ByteBuffer): ChannelIndex[] => {
    const from = into.length;
    into.reserve(order.length * INDEX_HEAD_BYTES + messages * INDEX_ENTRY_BYTES);
    const { view } = into;
    let at = from;
    const next: number[] = [];
    const channels = order.map((channelId, place) => {
      const bytes = counts[place]! * INDEX_ENTRY_BYTES;
      view.setUint8(at, OPCODE.messageIndex);
      view.setUint32(at + 1, INDEX_HEAD_BYTES - 9 + bytes, true);
      view.setUint32(at + 5, 0, true);
      view.setUint16(at + 9, channelId, true);
      view.setUint32(at + 11, bytes, true);
      next.push(at + INDEX_HEAD_BYTES);
      const index = { channelId, messages: counts[place]!, at: at - from };
      at += INDEX_HEAD_BYTES + bytes;
      return index;
    });
    into.length = at;
    for (let i = 0; i < messages; i++) {
      const to = next[owners[i]!]!;
      for (let k = 0; k < INDEX_ENTRY_BYTES; k += 4)
        view.setUint32(to + k, entries.view.getUint32(i * INDEX_ENTRY_BYTES + k));
      next[owners[i]!] = to + INDEX_ENTRY_BYTES;
    }
    return channels;
  };

  return {
    get byteLength() {
      return buffer?.length ?? 0;
    },
    get messages() {
      return messages;
    },
    declare(channelId, declaration) {
      buffer ??= pool.take();
      writeBytes(buffer, declaration);
      placeOf(channelId);
    },
    message(channelId, sequence, logTime, publishTime, data, most) {
      if (typeof data !== "function" && data.length > most) return false;
      buffer ??= pool.take();
      const at = buffer.length;
      buffer.reserve(MESSAGE_HEAD_BYTES);
      buffer.length = at + MESSAGE_HEAD_BYTES;
      let size = 0;
      let fits = false;
      try {
        if (typeof data === "function") data(buffer);
        else writeBytes(buffer, data);
        size = buffer.length - at - MESSAGE_HEAD_BYTES;
        fits = size <= most;
      } finally {
        if (!fits) buffer.length = at;
      }
      if (!fits) return false;
      const { view } = buffer;
      view.setUint8(at, OPCODE.message);
      view.setUint32(at + 1, MESSAGE_HEAD_BYTES - 9 + size, true);
      view.setUint32(at + 5, 0, true);
      view.setUint16(at + 9, channelId, true);
      view.setUint32(at + 11, sequence, true);
      view.setBigUint64(at + 15, logTime, true);
      view.setBigUint64(at + 23, publishTime, true);

      if (messages === 0 || logTime < startTime) startTime = logTime;
      if (messages === 0 || logTime > endTime) endTime = logTime;
      const place = placeOf(channelId);
      counts[place]!++;
      if (messages === owners.length) {
        const more = new Uint16Array(2 * messages);
        more.set(owners);
        owners = more;
      }
      owners[messages++] = place;
      entries.reserve(INDEX_ENTRY_BYTES);
      entries.view.setBigUint64(entries.length, logTime, true);
      entries.view.setUint32(entries.length + 8, at, true);
      entries.view.setUint32(entries.length + 12, 0, true);
      entries.length += INDEX_ENTRY_BYTES;
      return true;
    },
    take() {
      const taken = buffer ?? pool.take();
      const size = taken.length;
      const times = { startTime, endTime };
      const channels = writeIndexes(taken);
      reset();
      return {
        records: taken.u8.subarray(0, size),
        indexes: taken.u8.subarray(size, taken.length),
        channels,
        buffer: taken,
        ...times,
      };
    },
    forget() {
      const gone = order.map((channelId, place) => ({ channelId, messages: counts[place]! }));
      if (buffer !== undefined) pool.give(buffer);
      reset();
      return gone;
    },
  };
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
