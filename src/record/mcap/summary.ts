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
  readonly chunkIndexes: Uint8Array;
}

/** Bytes of the footer that the checksum covers: opcode, length, two offsets. */
const FOOTER_BYTES = 1 + 8 + 8 + 8;

/** Everything behind the data's end; `position` is where it will be in the file. */
export function buildSummary(position: number, content: SummaryContent): Uint8Array[] {
  const { Opcode } = McapConstants;
  const records = new McapRecordBuilder();
  const pieces: Uint8Array[] = [];
  let crc = 0;
  let here = position;
  const add = (bytes: Uint8Array): void => {
    pieces.push(bytes);
    crc = crc32(bytes, crc);
    here += bytes.length;
  };
  const built = (write: () => void): Uint8Array => {
    records.reset();
    write();
    return records.buffer;
  };
  const offsets: McapTypes.SummaryOffset[] = [];
  const group = (groupOpcode: number, bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    offsets.push({ groupOpcode, groupStart: BigInt(here), groupLength: BigInt(bytes.length) });
    add(bytes);
  };
  const { schemas, channels, statistics, attachmentIndexes, metadataIndexes, chunkIndexes } = content;
  group(
    Opcode.SCHEMA,
    built(() => {
      for (const schema of schemas) records.writeSchema(schema);
    }),
  );
  group(
    Opcode.CHANNEL,
    built(() => {
      for (const channel of channels) records.writeChannel(channel);
    }),
  );
  group(
    Opcode.STATISTICS,
    built(() => records.writeStatistics(statistics)),
  );
  group(Opcode.ATTACHMENT_INDEX, attachmentIndexes);
  group(Opcode.METADATA_INDEX, metadataIndexes);
  group(Opcode.CHUNK_INDEX, chunkIndexes);
  const summaryStart = BigInt(position);
  const summaryOffsetStart = BigInt(here);
  add(
    built(() => {
      for (const offset of offsets) records.writeSummaryOffset(offset);
    }),
  );
  const footer = new DataView(new ArrayBuffer(FOOTER_BYTES));
  footer.setUint8(0, Opcode.FOOTER);
  footer.setBigUint64(1, 20n, true);
  footer.setBigUint64(9, summaryStart, true);
  footer.setBigUint64(17, summaryOffsetStart, true);
  const summaryCrc = crc32(new Uint8Array(footer.buffer), crc);
  add(
    built(() => {
      records.writeFooter({ summaryStart, summaryOffsetStart, summaryCrc });
      records.writeMagic();
    }),
  );
  return pieces;
}
