import { McapRecordBuilder } from "@mcap/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHUNK_HEAD_BYTES, INDEX_ENTRY_BYTES, INDEX_HEAD_BYTES } from "../../../src/record/mcap/chunk.js";
import { createChunkIndexes, type IndexedChunk } from "../../../src/record/mcap/chunk-indexes.js";

/** What the package itself writes of a chunk. */
function expected(chunks: readonly IndexedChunk[]): Uint8Array {
  const builder = new McapRecordBuilder();
  for (const { start, size, startTime, endTime, channels } of chunks) {
    const chunkLength = CHUNK_HEAD_BYTES + size;
    const messageIndexOffsets = new Map<number, bigint>();
    let at = start + chunkLength;
    for (const { channelId, messages } of channels) {
      messageIndexOffsets.set(channelId, BigInt(at));
      at += INDEX_HEAD_BYTES + INDEX_ENTRY_BYTES * messages;
    }
    builder.writeChunkIndex({
      messageStartTime: startTime,
      messageEndTime: endTime,
      chunkStartOffset: BigInt(start),
      chunkLength: BigInt(chunkLength),
      messageIndexOffsets,
      messageIndexLength: BigInt(at - start - chunkLength),
      compression: "",
      compressedSize: BigInt(size),
      uncompressedSize: BigInt(size),
    });
  }
  return builder.buffer;
}

const kept = (chunks: Iterable<IndexedChunk>) => {
  const indexes = createChunkIndexes();
  for (const chunk of chunks) indexes.add(chunk);
  return indexes;
};

test("the records are those of the format, whatever chunks come in whatever order of patterns", () => {
  const time = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
  const pattern = fc.uniqueArray(fc.record({ channelId: fc.nat(65_535), messages: fc.nat(300) }), {
    selector: ({ channelId }) => channelId,
    maxLength: 5,
  });
  const chunk = fc.record({ gap: fc.nat(2 ** 31), size: fc.nat(2 ** 30), startTime: time, endTime: time, k: fc.nat() });
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 12 }), fc.array(chunk), (patterns, drawn) => {
      let end = 0;
      const chunks = drawn.map(({ gap, size, startTime, endTime, k }) => {
        const start = end + gap;
        end = start + size;
        return { start, size, startTime, endTime, channels: patterns[k % patterns.length]! };
      });
      const indexes = kept(chunks);
      const bytes = Buffer.concat([...indexes.records()]);
      expect(new Uint8Array(bytes)).toStrictEqual(expected(chunks));
      expect([indexes.chunks, indexes.bytes]).toStrictEqual([chunks.length, bytes.length]);
    }),
  );
});

test("five minutes of 100 ports, a chunk each 10 ms, take a megabyte and come in small pieces", () => {
  const channels = (messages: number) => Array.from({ length: 100 }, (_, channelId) => ({ channelId, messages }));
  const patterns = [channels(10), channels(9), channels(11)];
  const chunks = Array.from({ length: 30_000 }, (_, i) => ({
    start: 70_000 * i,
    size: 60_000,
    startTime: BigInt(i) * 10_000_000n,
    endTime: BigInt(i + 1) * 10_000_000n,
    channels: patterns[i % 3]!,
  }));
  const before = process.memoryUsage().arrayBuffers;
  const indexes = kept(chunks);
  expect(indexes.bytes).toBeGreaterThan(30_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000);
  const pieces = [...indexes.records()].map(({ length }) => length);
  expect(Math.max(...pieces)).toBeLessThan(100_000);
  expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(indexes.bytes);
});
