/** The end of a finished MCAP file: indexes that let a reader seek, statistics, and a checksum over them. */
import { crc32 } from "node:zlib";
import { McapConstants, McapRecordBuilder, type McapTypes } from "@mcap/core";

export interface SummaryContent {
  readonly schemas: Iterable<McapTypes.Schema>;
  readonly channels: Iterable<McapTypes.Channel>;
  readonly statistics: McapTypes.Statistics;
  /** Index records as bytes, as they were built while the file grew. */
  readonly attachmentIndexes: Uint8Array;
  readonly metadataIndexes: Uint8Array;
  /** In pieces, since a long log has many. */
  readonly chunkIndexes: Iterable<Uint8Array>;
}

/** Bytes of the footer that the checksum covers: opcode, length, two offsets. */
const FOOTER_BYTES = 1 + 8 + 8 + 8;

/** Everything behind the data's end, piece by piece; `position` is where it will be in the file. */
export function* buildSummary(position: number, content: SummaryContent): Generator<Uint8Array> {
  const { Opcode } = McapConstants;
  const records = new McapRecordBuilder();
  let crc = 0;
  let here = position;
  const counted = (bytes: Uint8Array): Uint8Array => {
    crc = crc32(bytes, crc);
    here += bytes.length;
    return bytes;
  };
  const built = (write: () => void): Uint8Array => {
    records.reset();
    write();
    return records.buffer;
  };
  const offsets: McapTypes.SummaryOffset[] = [];
  function* group(groupOpcode: number, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    const start = here;
    for (const piece of pieces) if (piece.length > 0) yield counted(piece);
    const groupLength = BigInt(here - start);
    if (groupLength > 0n) offsets.push({ groupOpcode, groupStart: BigInt(start), groupLength });
  }
  const { schemas, channels, statistics, attachmentIndexes, metadataIndexes, chunkIndexes } = content;
  const schemaRecords = built(() => {
    for (const schema of schemas) records.writeSchema(schema);
  });
  yield* group(Opcode.SCHEMA, [schemaRecords]);
  const channelRecords = built(() => {
    for (const channel of channels) records.writeChannel(channel);
  });
  yield* group(Opcode.CHANNEL, [channelRecords]);
  yield* group(Opcode.STATISTICS, [built(() => records.writeStatistics(statistics))]);
  yield* group(Opcode.ATTACHMENT_INDEX, [attachmentIndexes]);
  yield* group(Opcode.METADATA_INDEX, [metadataIndexes]);
  yield* group(Opcode.CHUNK_INDEX, chunkIndexes);
  const summaryStart = BigInt(position);
  const summaryOffsetStart = BigInt(here);
  const offsetRecords = built(() => {
    for (const offset of offsets) records.writeSummaryOffset(offset);
  });
  yield counted(offsetRecords);
  const footer = new DataView(new ArrayBuffer(FOOTER_BYTES));
  footer.setUint8(0, Opcode.FOOTER);
  footer.setBigUint64(1, 20n, true);
  footer.setBigUint64(9, summaryStart, true);
  footer.setBigUint64(17, summaryOffsetStart, true);
  const summaryCrc = crc32(new Uint8Array(footer.buffer), crc);
  yield built(() => {
    records.writeFooter({ summaryStart, summaryOffsetStart, summaryCrc });
    records.writeMagic();
  });
}
