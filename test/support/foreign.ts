/** Recordings of other programs, made by other programs: `@mcap/core`'s writer, Python's sqlite3, numpy. */
import { writeFileSync } from "node:fs";
import { McapWriter } from "@mcap/core";

export interface FixtureChannel {
  readonly topic: string;
  readonly messageEncoding: string;
  readonly schema?: { readonly name: string; readonly encoding: string; readonly data: Uint8Array };
  readonly messages: readonly FixtureMessage[];
}

export interface FixtureMessage {
  readonly log_ns: bigint;
  /** Default: the log time. */
  readonly publish_ns?: bigint;
  readonly data: Uint8Array;
}

export interface Compression {
  readonly compression: string;
  readonly compressedData: Uint8Array;
}

/** Writes an MCAP file by the reference writer, messages in the order of their log times. */
export async function writeMcap(
  file: string,
  channels: readonly FixtureChannel[],
  compressChunk?: (data: Uint8Array) => Compression,
): Promise<void> {
  const pieces: Uint8Array[] = [];
  const writable = {
    position: () => BigInt(pieces.reduce((sum, piece) => sum + piece.length, 0)),
    write: async (piece: Uint8Array) => void pieces.push(piece.slice()),
  };
  const writer = new McapWriter({ writable, chunkSize: 512, ...(compressChunk ? { compressChunk } : {}) });
  await writer.start({ profile: "", library: "fixture" });
  const all: { readonly id: number; readonly message: FixtureMessage }[] = [];
  for (const { topic, messageEncoding, schema, messages } of channels) {
    const schemaId = schema === undefined ? 0 : await writer.registerSchema(schema);
    const id = await writer.registerChannel({ topic, messageEncoding, schemaId, metadata: new Map() });
    for (const message of messages) all.push({ id, message });
  }
  all.sort((a, b) => Number(a.message.log_ns - b.message.log_ns));
  let sequence = 0;
  for (const { id, message } of all) {
    const { log_ns, publish_ns = log_ns, data } = message;
    await writer.addMessage({ channelId: id, sequence: sequence++, logTime: log_ns, publishTime: publish_ns, data });
  }
  await writer.end();
  writeFileSync(file, Buffer.concat(pieces));
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** JSON messages under one topic. */
export const jsonChannel = (
  topic: string,
  messages: readonly (readonly [bigint, unknown, bigint?])[],
): FixtureChannel => ({
  topic,
  messageEncoding: "json",
  messages: messages.map(([log_ns, value, publish_ns]) => ({
    log_ns,
    ...(publish_ns === undefined ? {} : { publish_ns }),
    data: bytesOf(JSON.stringify(value)),
  })),
});
