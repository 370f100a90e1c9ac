/**
 * The chunk indexes of a log while it grows: what the summary will say of each chunk, in some 25 bytes.
 *
 * A live recording of 100 ports writes 360,000 chunks an hour, whose index records have a kilobyte each: mostly where the
 * index of each channel lies, which follows from how many messages it has. That is the same from chunk to chunk (a
 * *pattern*), or one of a few, and is kept once. The records themselves are made when they are written.
 */
import { McapConstants } from "@mcap/core";
import { ByteBuffer, writeVarint } from "../../message/bytes.js";
import { readVarint } from "../../message/wire.js";
import { CHUNK_HEAD_BYTES, type ChannelIndex, INDEX_ENTRY_BYTES, INDEX_HEAD_BYTES } from "./chunk.js";

/** What the summary needs of a chunk. */
export interface IndexedChunk {
  /** Offset in the file. */
  readonly start: number;
  /** Of its records. */
  readonly size: number;
  readonly startTime: bigint;
  readonly endTime: bigint;
  readonly channels: readonly Pick<ChannelIndex, "channelId" | "messages">[];
}

export interface ChunkIndexes {
  readonly chunks: number;
  /** Of the records. */
  readonly bytes: number;
  add(chunk: IndexedChunk): void;
  /** The records, in pieces. */
  records(): Generator<Uint8Array>;
}

/** So many patterns are known at a time; a new one takes the place of the oldest. */
const PATTERNS = 8;
/** What is kept, and what is given out, comes in pieces of about this many bytes. */
const PIECE_BYTES = 64 * 1024;
/** Of a record without its channels: opcode, length, two times, place, length, the map's and the indexes' length, compression, two sizes. */
const RECORD_BYTES = 9 + 8 + 8 + 8 + 8 + 4 + 8 + 4 + 8 + 8;
/** Of a channel in it: id and place. */
const CHANNEL_BYTES = 2 + 8;

/** Channels and their messages by turns. */
type Pattern = Uint32Array;

export function createChunkIndexes(): ChunkIndexes {
  const pieces: ByteBuffer[] = [];
  const patterns: Pattern[] = [];
  let oldest = 0;
  let chunks = 0;
  let bytes = 0;
  /** Where the last chunk ends. */
  let end = 0;

  return {
    get chunks() {
      return chunks;
    },
    get bytes() {
      return bytes;
    },
    add({ start, size, startTime, endTime, channels }) {
      let piece = pieces.at(-1);
      if (piece === undefined || piece.length >= PIECE_BYTES) pieces.push((piece = new ByteBuffer(PIECE_BYTES + 64)));
      const known = patterns.findIndex((pattern) => isPattern(pattern, channels));
      writeVarint(piece, known < 0 ? PATTERNS : known);
      if (known < 0) {
        const pattern = new Uint32Array(channels.flatMap(({ channelId, messages }) => [channelId, messages]));
        writeVarint(piece, pattern.length);
        for (const n of pattern) writeVarint(piece, n);
        patterns[oldest] = pattern;
        oldest = (oldest + 1) % PATTERNS;
      }
      writeVarint(piece, start - end);
      writeVarint(piece, size);
      piece.reserve(16);
      piece.view.setBigInt64(piece.length, startTime, true);
      piece.view.setBigInt64(piece.length + 8, endTime, true);
      piece.length += 16;
      end = start + size;
      chunks++;
      bytes += RECORD_BYTES + CHANNEL_BYTES * channels.length;
    },
    *records() {
      let out = new ByteBuffer(PIECE_BYTES);
      const read: Pattern[] = [];
      let next = 0;
      let at = 0;
      for (const { u8, view, length } of pieces)
        for (const cursor = { u8, view, at: 0 }; cursor.at < length; ) {
          const number = (): number => readVarint(cursor, length);
          let place = number();
          if (place === PATTERNS) {
            place = next;
            read[place] = Uint32Array.from({ length: number() }, number);
            next = (next + 1) % PATTERNS;
          }
          const start = at + number();
          const size = number();
          writeRecord(out, start, size, view, cursor.at, read[place]!);
          cursor.at += 16;
          at = start + size;
          if (out.length < PIECE_BYTES) continue;
          yield out.bytes();
          out = new ByteBuffer(PIECE_BYTES);
        }
      if (out.length > 0) yield out.bytes();
    },
  };
}

function isPattern(pattern: Pattern, channels: IndexedChunk["channels"]): boolean {
  if (pattern.length !== 2 * channels.length) return false;
  for (let i = 0; i < channels.length; i++)
    if (pattern[2 * i] !== channels[i]!.channelId || pattern[2 * i + 1] !== channels[i]!.messages) return false;
  return true;
}

/** Appends the record of a chunk whose two times lie at `timesAt`. */
function writeRecord(out: ByteBuffer, start: number, size: number, times: DataView, timesAt: number, pattern: Pattern) {
  const length = RECORD_BYTES + (CHANNEL_BYTES * pattern.length) / 2;
  out.reserve(length);
  const { view } = out;
  let at = out.length;
  const u64 = (value: number): void => {
    view.setUint32(at, value % 2 ** 32, true);
    view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
    at += 8;
  };
  view.setUint8(at++, McapConstants.Opcode.CHUNK_INDEX);
  u64(length - 9);
  view.setBigInt64(at, times.getBigInt64(timesAt, true), true);
  view.setBigInt64(at + 8, times.getBigInt64(timesAt + 8, true), true);
  at += 16;
  u64(start);
  u64(CHUNK_HEAD_BYTES + size);
  view.setUint32(at, (CHANNEL_BYTES * pattern.length) / 2, true);
  at += 4;
  const indexesAt = start + CHUNK_HEAD_BYTES + size;
  let index = indexesAt;
  for (let i = 0; i < pattern.length; i += 2) {
    view.setUint16(at, pattern[i]!, true);
    at += 2;
    u64(index);
    index += INDEX_HEAD_BYTES + INDEX_ENTRY_BYTES * pattern[i + 1]!;
  }
  u64(index - indexesAt);
  view.setUint32(at, 0, true);
  at += 4;
  u64(size);
  u64(size);
  out.length = at;
}
