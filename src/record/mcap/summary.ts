/** The end of a finished MCAP file: indexes that let a reader seek, statistics, and a checksum over them. */
import { crc32 } from "node:zlib";
import { McapConstants, type McapRecordBuilder, type McapTypes } from "@mcap/core";

export interface SummaryContent {
  readonly schemas: readonly McapTypes.Schema[];
  readonly channels: readonly McapTypes.Channel[];
  readonly statistics: {
    readonly messages: number;
    readonly firstTime: bigint;
    readonly lastTime: bigint;
    /** Messages by channel. */
    readonly counts: Map<number, bigint>;
  };
  readonly metadataIndexes: readonly McapTypes.MetadataIndex[];
  readonly chunkIndexes: readonly McapTypes.ChunkIndex[];
}

/** Bytes of the footer that the checksum covers: opcode, length, two offsets. */
const FOOTER_BYTES = 1 + 8 + 8 + 8;

/** Writes everything behind the data's end into an empty builder; `position` is where it will be in the file. */
export function buildSummary(records: McapRecordBuilder, position: number, content: SummaryContent): void {
  const { Opcode } = McapConstants;
  const { schemas, channels, statistics, metadataIndexes, chunkIndexes } = content;
  const here = (): bigint => BigInt(position + records.length);
  const summaryStart = here();
  const groups: McapTypes.SummaryOffset[] = [];
  const group = (groupOpcode: number, write: () => void): void => {
    const groupStart = here();
    write();
    const groupLength = here() - groupStart;
    if (groupLength > 0n) groups.push({ groupOpcode, groupStart, groupLength });
  };
  group(Opcode.SCHEMA, () => {
    for (const schema of schemas) records.writeSchema(schema);
  });
  group(Opcode.CHANNEL, () => {
    for (const channel of channels) records.writeChannel(channel);
  });
  group(Opcode.STATISTICS, () => {
    records.writeStatistics({
      messageCount: BigInt(statistics.messages),
      schemaCount: schemas.length,
      channelCount: channels.length,
      attachmentCount: 0,
      metadataCount: metadataIndexes.length,
      chunkCount: chunkIndexes.length,
      messageStartTime: statistics.firstTime,
      messageEndTime: statistics.lastTime,
      channelMessageCounts: statistics.counts,
    });
  });
  group(Opcode.METADATA_INDEX, () => {
    for (const index of metadataIndexes) records.writeMetadataIndex(index);
  });
  group(Opcode.CHUNK_INDEX, () => {
    for (const index of chunkIndexes) records.writeChunkIndex(index);
  });
  const summaryOffsetStart = here();
  for (const offset of groups) records.writeSummaryOffset(offset);
  const footer = new DataView(new ArrayBuffer(FOOTER_BYTES));
  footer.setUint8(0, Opcode.FOOTER);
  footer.setBigUint64(1, 20n, true);
  footer.setBigUint64(9, summaryStart, true);
  footer.setBigUint64(17, summaryOffsetStart, true);
  const summaryCrc = crc32(new Uint8Array(footer.buffer), crc32(records.buffer));
  records.writeFooter({ summaryStart, summaryOffsetStart, summaryCrc });
  records.writeMagic();
}
