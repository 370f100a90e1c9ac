/** Logs that promises are tried on: messages of which each one says itself what it has to be, and what a file holds of them. */
import { McapIndexedReader, McapStreamReader } from "@mcap/core";
import { bytesSource } from "../../dist/record/mcap/file.js";
import { readBlocks } from "../../dist/record/mcap/reader.js";
import { recoverRecording } from "../../dist/record/mcap/recover.js";
import { createMcapWriter } from "../../dist/record/mcap/writer.js";
import { demand } from "./tries.mjs";

export const CHANNELS = 3;
const LARGE = 4000;

/** The channel of this number. */
export const channelSpec = (k) => ({
  topic: `/port${k}`,
  schema: { name: `soak.Type${k % 2}`, encoding: "protobuf", data: new Uint8Array(40 + k).fill(k) },
  messageEncoding: "protobuf",
  metadata: { "limbeck.time": "ns", k: String(k) },
});

/** A number below n, drawn for place `k` of message `i`. Cheaper than a generator: one for each message of a log. */
const drawnBelow = (n, seed, i, k) => {
  let x = Math.imul(seed ^ Math.imul(i + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(k + 1, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return ((x ^ (x >>> 13)) >>> 0) % n;
};

/** Message `i` of a seed: mostly small, seldom large. */
export function messageOf(seed, i) {
  const large = drawnBelow(50, seed, i, 0) === 0;
  const data = new Uint8Array(8 + drawnBelow(large ? LARGE : 200, seed, i, 1));
  for (let k = 8; k < data.length; k++) data[k] = i * 31 + k * 7;
  new DataView(data.buffer).setFloat64(0, i, true);
  return { channel: drawnBelow(CHANNELS, seed, i, 2), time: BigInt(i) * 1_000_000n, data };
}

/** A closed log of about so many bytes: the file, and the sequence of writes that made it. */
export async function logOf(seed, size, chunkBytes) {
  const file = memoryFile();
  const writer = createMcapWriter(file, { profile: "limbeck", library: "soak", chunkBytes });
  for (let k = 0; k < CHANNELS; k++) writer.channel(channelSpec(k));
  writer.metadata("limbeck", { name: "soak", seed: String(seed) });
  let count = 0;
  for (let bytes = 0; bytes < size; count++) {
    bytes += messageOf(seed, count).data.length + 31;
    give(writer, seed, count);
  }
  await writer.close();
  return { bytes: file.bytes(), count, writes: file.pieces.map(({ length }) => length) };
}

/** Gives message `i` to a writer whose channels are those above. */
export function give(writer, seed, i) {
  const { channel, time, data } = messageOf(seed, i);
  writer.message(channel, i, time, time - 500n, data);
}

/** Whether bytes that were read are message `i`. */
export function demandMessage(seed, { topic, sequence, logTime, publishTime, data }) {
  const { channel, time, data: expected } = messageOf(seed, sequence);
  const same = Buffer.compare(data, expected) === 0 && topic === `/port${channel}`;
  demand(same && logTime === time && publishTime === time - 500n, () => `message ${sequence} is not what was recorded`);
}

/** A file in memory. */
export function memoryFile(name = "memory.mcap") {
  const pieces = [];
  return {
    name,
    async write(given) {
      const bytes = Buffer.concat(given);
      pieces.push(bytes);
      return bytes.length;
    },
    sync: async () => {},
    close: async () => {},
    bytes: () => new Uint8Array(Buffer.concat(pieces)),
    get pieces() {
      return pieces;
    },
  };
}

/** The messages of a file and how it ended, as our reader has them. */
export async function readAll(source) {
  const blocks = readBlocks(source);
  const messages = [];
  const metadata = [];
  for (;;) {
    const next = await blocks.next();
    if (next.done) return { messages, metadata, ...next.value };
    if (next.value.metadata !== undefined) metadata.push(next.value.metadata);
    for (const { channel, ...rest } of next.value.messages) messages.push({ topic: channel.topic, ...rest });
  }
}

/** The sequence numbers that another reader of a closed file finds, each message looked at. */
export async function readIndexed(bytes, seed) {
  const readable = {
    size: async () => BigInt(bytes.length),
    read: async (at, size) => bytes.slice(Number(at), Number(at + size)),
  };
  const reader = await McapIndexedReader.Initialize({ readable });
  const found = [];
  for await (const message of reader.readMessages()) {
    const { topic } = reader.channelsById.get(message.channelId);
    demandMessage(seed, { ...message, topic, publishTime: BigInt.asIntN(64, message.publishTime) });
    found.push(message.sequence);
  }
  return found.sort((a, b) => a - b);
}

/** The same of the whole chunks of a file that nobody closed. */
export function readStreamed(bytes, seed) {
  const reader = new McapStreamReader();
  reader.append(bytes);
  const topics = new Map();
  const found = [];
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type !== "Message") continue;
    const publishTime = BigInt.asIntN(64, record.publishTime);
    demandMessage(seed, { ...record, topic: topics.get(record.channelId), publishTime });
    found.push(record.sequence);
  }
  return found;
}

/** What recovery makes of bytes: its result and the new file's bytes. */
export async function recovered(bytes, name = "cut.mcap") {
  const target = memoryFile("recovered.mcap");
  const result = await recoverRecording(bytesSource(name, bytes), async () => target);
  return { result, bytes: target.bytes() };
}

/** The new file is whole, and holds what recovery says; gives its sequence numbers. */
export async function demandWhole({ result, bytes }, seed) {
  if (result.messages === 0 && !result.whole) {
    demand(bytes.length === 0, "a file was made of nothing");
    return [];
  }
  demand(bytes.length === result.bytes, `${result.bytes} bytes were told, and there are ${bytes.length}`);
  const { whole, messages } = await readAll(bytesSource("recovered.mcap", bytes));
  demand(whole, "the recovered file is not whole");
  for (const message of messages) demandMessage(seed, message);
  const found = messages.map(({ sequence }) => sequence);
  demand(found.length === result.messages, `${result.messages} messages were told, and there are ${found.length}`);
  return found;
}
