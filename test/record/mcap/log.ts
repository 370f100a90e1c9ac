/** Small logs, and what is in bytes. */
import { type ByteSource, bytesSource } from "../../../src/record/mcap/file.js";
import { readBlocks } from "../../../src/record/mcap/reader.js";
import { createMcapWriter, type McapWriter, type WriterOptions } from "../../../src/record/mcap/writer.js";
import type { FaultyFile } from "../../support/faulty-file.js";

export const spec = (topic: string) => ({
  topic,
  schema: { name: `T${topic.length}`, encoding: "protobuf", data: new Uint8Array(20).fill(topic.length) },
  messageEncoding: "protobuf",
  metadata: { about: topic },
});

export const writerOn = (file: FaultyFile, options: Partial<WriterOptions> = {}): McapWriter =>
  createMcapWriter(file, { profile: "limbeck", library: "test", chunkBytes: 600, ...options });

/** Message `i`, of 40 bytes, on channel `i` modulo the number of channels. */
export const give = (writer: McapWriter, channels: readonly number[], from: number, to: number): void => {
  for (let i = from; i < to; i++)
    writer.message(channels[i % channels.length]!, i, BigInt(i), BigInt(i - 1), new Uint8Array(40).fill(i));
};

export async function read(source: ByteSource | Uint8Array) {
  const blocks = readBlocks(source instanceof Uint8Array ? bytesSource("f", source) : source);
  const messages: { topic: string; sequence: number; data: Uint8Array }[] = [];
  const metadata: { readonly name: string; readonly entries: { readonly [key: string]: string } }[] = [];
  for (;;) {
    const next = await blocks.next();
    if (next.done) return { ...next.value, messages, metadata };
    if (next.value.metadata !== undefined) metadata.push(next.value.metadata);
    for (const { channel, sequence, data } of next.value.messages)
      messages.push({ topic: channel.topic, sequence, data: data.slice() });
  }
}

export const sequences = async (bytes: Uint8Array): Promise<number[]> =>
  (await read(bytes)).messages.map(({ sequence }) => sequence);

export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
