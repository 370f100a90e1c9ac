/**
 * The bytes of a log, frame by frame: what its writer writes and what recovery puts together again.
 *
 * Each call gives the next frame (see seal.ts) and keeps what the summary will need. Pure: bytes depend on calls alone.
 */
import { crc32 } from "node:zlib";
import { McapRecordBuilder, type McapTypes } from "@mcap/core";
import { CHUNK_HEAD_BYTES, type ChunkContent } from "./chunk.js";
import { createChunkIndexes } from "./chunk-indexes.js";
import { joinCrc } from "./crc.js";
import { OPCODE } from "./parse.js";
import { CRC_BYTES, SEAL_BYTES, writeSeal, writeSealCrc } from "./seal.js";
import { buildSummary } from "./summary.js";

/** Bytes for the file, in pieces that lie one behind the other. */
export interface Frame {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
}

export interface Assembly {
  /** Bytes given out so far. */
  readonly position: number;
  /** Messages given out so far. */
  readonly messages: number;
  /** Bytes of the file if it ended now, at most. */
  readonly wholeBytes: number;
  /** The first frame. */
  start(profile: string, library: string): Frame;
  /** Names a channel and its schema for the summary; the chunk that needs them has them as records. */
  declareSchema(schema: McapTypes.Schema): void;
  declareChannel(channel: McapTypes.Channel): void;
  chunk(content: ChunkContent): Frame;
  metadata(name: string, entries: { readonly [key: string]: string }): Frame;
  /** An attachment, as the record that it is (opcode and length included). */
  attachment(record: Uint8Array, index: Omit<McapTypes.AttachmentIndex, "offset" | "length">): Frame;
  /** The end of the data, the summary and the footer: the last frames, which need no seal. */
  end(): Iterable<Frame>;
}

/** Of the statistics, for each channel: id and count. */
const COUNT_BYTES = 2 + 8;
/** More than the data's end, the statistics of no channel, six summary offsets, the footer and the magic. */
const END_BYTES = 320;

/** The end of a long log comes in frames of about this many bytes. */
const END_FRAME_BYTES = 1024 * 1024;

const bytesOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

export function createAssembly(): Assembly {
  const builder = new McapRecordBuilder();
  const attachmentIndexes = new McapRecordBuilder();
  const metadataIndexes = new McapRecordBuilder();
  const chunkIndexes = createChunkIndexes();
  const schemas = new Map<number, McapTypes.Schema>();
  const channels = new Map<number, McapTypes.Channel>();
  const counts = new Map<number, number>();
  let position = 0;
  let messages = 0;
  let attachments = 0;
  let metadata = 0;
  let firstTime = 0n;
  let lastTime = 0n;
  let dataCrc = 0;
  let declaredBytes = 0;

  const record = (write: (records: McapRecordBuilder) => void): Uint8Array => {
    builder.reset();
    write(builder);
    return builder.buffer;
  };

  /** Seals these records, whose checksum is `crc`. */
  const sealed = (records: readonly Uint8Array[], crc: number): Frame => {
    const seal = new Uint8Array(SEAL_BYTES);
    writeSeal(seal, position, messages);
    const covered = crc32(seal.subarray(0, -CRC_BYTES), crc);
    writeSealCrc(seal, covered);
    const pieces = [...records, seal];
    const bytes = bytesOf(pieces);
    dataCrc = joinCrc(dataCrc, crc32(seal.subarray(-CRC_BYTES), covered), bytes);
    position += bytes;
    return { pieces, bytes };
  };
  const plain = (bytes: Uint8Array): Frame => sealed([bytes], crc32(bytes));
  const given = (pieces: readonly Uint8Array[]): Frame => {
    const bytes = bytesOf(pieces);
    position += bytes;
    return { pieces, bytes };
  };

  return {
    get position() {
      return position;
    },
    get messages() {
      return messages;
    },
    get wholeBytes() {
      const indexes = attachmentIndexes.length + metadataIndexes.length + chunkIndexes.bytes;
      return position + declaredBytes + indexes + END_BYTES;
    },
    start: (profile, library) =>
      plain(
        record((records) => {
          records.writeMagic();
          records.writeHeader({ profile, library });
        }),
      ),
    declareSchema(schema) {
      schemas.set(schema.id, schema);
      declaredBytes += record((records) => records.writeSchema(schema)).length;
    },
    declareChannel(channel) {
      channels.set(channel.id, channel);
      declaredBytes += record((records) => records.writeChannel(channel)).length + COUNT_BYTES;
    },
    chunk({ records, startTime, endTime, indexes, channels: indexed, crc: content = crc32(records) }) {
      const head = chunkHead(records.length, startTime, endTime, content);
      const crc = joinCrc(crc32(head), content, records.length);
      let added = 0;
      for (const { channelId, messages: count } of indexed) {
        if (count > 0) counts.set(channelId, (counts.get(channelId) ?? 0) + count);
        added += count;
      }
      chunkIndexes.add({ start: position, size: records.length, startTime, endTime, channels: indexed });
      if (added > 0) {
        if (messages === 0 || startTime < firstTime) firstTime = startTime;
        if (messages === 0 || endTime > lastTime) lastTime = endTime;
      }
      messages += added;
      return sealed([head, records, indexes], crc32(indexes, crc));
    },
    metadata(name, entries) {
      const bytes = record((records) => records.writeMetadata({ name, metadata: new Map(Object.entries(entries)) }));
      metadataIndexes.writeMetadataIndex({ name, offset: BigInt(position), length: BigInt(bytes.length) });
      metadata++;
      return plain(bytes);
    },
    attachment(bytes, index) {
      attachmentIndexes.writeAttachmentIndex({ ...index, offset: BigInt(position), length: BigInt(bytes.length) });
      attachments++;
      return plain(bytes);
    },
    *end() {
      const dataEnd = record((records) => records.writeDataEnd({ dataSectionCrc: dataCrc }));
      const statistics: McapTypes.Statistics = {
        messageCount: BigInt(messages),
        schemaCount: schemas.size,
        channelCount: channels.size,
        attachmentCount: attachments,
        metadataCount: metadata,
        chunkCount: chunkIndexes.chunks,
        messageStartTime: firstTime,
        messageEndTime: lastTime,
        channelMessageCounts: new Map([...counts].map(([channel, count]) => [channel, BigInt(count)])),
      };
      const summary = buildSummary(position + dataEnd.length, {
        schemas: schemas.values(),
        channels: channels.values(),
        statistics,
        attachmentIndexes: attachmentIndexes.buffer,
        metadataIndexes: metadataIndexes.buffer,
        chunkIndexes: chunkIndexes.records(),
      });
      let pieces = [dataEnd];
      for (const piece of summary) {
        pieces.push(piece);
        if (bytesOf(pieces) < END_FRAME_BYTES) continue;
        yield given(pieces);
        pieces = [];
      }
      yield given(pieces);
    },
  };
}

function chunkHead(size: number, startTime: bigint, endTime: bigint, crc: number): Uint8Array {
  const head = new Uint8Array(CHUNK_HEAD_BYTES);
  const view = new DataView(head.buffer);
  view.setUint8(0, OPCODE.chunk);
  view.setBigUint64(1, BigInt(CHUNK_HEAD_BYTES - 9 + size), true);
  view.setBigUint64(9, startTime, true);
  view.setBigUint64(17, endTime, true);
  view.setBigUint64(25, BigInt(size), true);
  view.setUint32(33, crc, true);
  view.setUint32(37, 0, true);
  view.setBigUint64(41, BigInt(size), true);
  return head;
}
