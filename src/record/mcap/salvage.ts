/**
 * Turns the whole frames of a damaged file into the frames of a new one.
 *
 * A chunk of ours is copied as bytes, since its seal says that it is right and its indexes say what is in it. Everything
 * else (chunks of other programs, messages outside of chunks, chunks whose channels were declared in a lost one) is read
 * and built anew.
 */
import { createAssembly, type Frame } from "./assemble.js";
import {
  type ChannelIndex,
  type ChunkContent,
  createChunkBuilder,
  declarationOf,
  messagesIn,
  readChunkRecord,
  readIndexHead,
} from "./chunk.js";
import {
  type Declarations,
  declarationsOf,
  fieldsOf,
  noDeclarations,
  recordsIn,
  takeDeclaration,
} from "./declarations.js";
import type { ByteSource } from "./file.js";
import type { Gap, RawFrame } from "./frames.js";
import { Damage, Fields, OPCODE } from "./parse.js";
import { createPool } from "./pool.js";
import type { RawRecord } from "./raw-record.js";
import { type Decompress, openChunk } from "./reader.js";
import { CHUNK_BYTES } from "./writer.js";

export interface Salvage {
  take(frame: RawFrame): Promise<void>;
  /** Puts out what waits for its chunk to be full. */
  flush(): Promise<void>;
  /** Messages put out so far. */
  readonly messages: number;
  /** Messages that seals speak of and that did not come, and those that nobody knows the channel of. */
  readonly missing: number;
  metadata(name: string, entries: { readonly [key: string]: string }): Promise<void>;
  end(): Promise<void>;
}

export interface SalvageOptions {
  readonly source: ByteSource;
  readonly decompress: { readonly [compression: string]: Decompress };
  /** Is told of what does not hold within a frame. */
  readonly onGap: (gap: Gap) => void;
  /** Takes the frames of the new file; `matters` is false for those that hold no message. */
  readonly put: (frame: Frame, matters: boolean) => Promise<void>;
}

/** What a file of ours says of itself, where its start is lost. */
const LOST_HEADER = { profile: "limbeck", library: "limbeck" };

export function createSalvage({ source, decompress, onGap, put }: SalvageOptions): Salvage {
  const assembly = createAssembly();
  const chunk = createChunkBuilder(createPool(CHUNK_BYTES));
  /** Channels that the new file has declared. */
  const declared = new Set<number>();
  /** What the source has declared so far. */
  const met = noDeclarations();
  /** What the source declares anywhere. */
  let all: Promise<Declarations> | undefined;
  let started = false;
  let total = 0;
  let missing = 0;

  const start = async ({ profile, library }: { profile: string; library: string }): Promise<void> => {
    if (started) return;
    started = true;
    await put(assembly.start(profile, library), false);
  };
  const putChunk = async (content: ChunkContent): Promise<void> => {
    await start(LOST_HEADER);
    await put(assembly.chunk(content), messagesIn(content.channels) > 0);
  };
  const flush = async (): Promise<void> => {
    if (chunk.byteLength > 0) await putChunk(chunk.take());
  };

  /** Whether these name the channel; the summary will name it, then. */
  const declare = (from: Declarations, channelId: number): boolean => {
    const channel = from.channels.get(channelId);
    const schema = from.schemas.get(channel?.schemaId ?? 0);
    if (channel === undefined || (schema === undefined && channel.schemaId !== 0)) return false;
    if (schema !== undefined) assembly.declareSchema(schema);
    assembly.declareChannel(channel);
    declared.add(channelId);
    return true;
  };

  const rebuild = async (message: Fields): Promise<void> => {
    const channelId = message.u16();
    if (!declared.has(channelId)) {
      let from = met;
      if (!declare(from, channelId)) {
        all ??= declarationsOf(source);
        from = await all;
        if (!declare(from, channelId)) {
          missing++;
          return;
        }
      }
      const channel = from.channels.get(channelId)!;
      const schema = from.schemas.get(channel.schemaId);
      chunk.declare(channelId, declarationOf(schema, channel));
    }
    const [sequence, logTime, publishTime] = [message.u32(), message.time(), message.time()];
    chunk.message(channelId, sequence, logTime, publishTime, message.bytes(message.left), Number.POSITIVE_INFINITY);
    if (chunk.byteLength >= CHUNK_BYTES) await flush();
  };
  const rebuildChunk = async (record: RawRecord): Promise<void> => {
    for (const { opcode, fields } of recordsIn(openChunk(record, source.name, decompress)))
      if (opcode === OPCODE.message) await rebuild(fields);
      else takeDeclaration(opcode, fields, met);
  };

  /** A chunk of ours as it is; undefined where it does not say itself whose its messages are. */
  const copyOf = (record: RawRecord, indexes: readonly RawRecord[]): ChunkContent | undefined => {
    const { startTime, endTime, crc, compression, offset, stored } = readChunkRecord(record);
    if (compression !== "") return undefined;
    const channels: ChannelIndex[] = [];
    let at = 0;
    for (const index of indexes) {
      channels.push({ ...readIndexHead(index), at });
      at += index.bytes.length;
    }
    const isNew = ({ channelId }: ChannelIndex): boolean => !declared.has(channelId);
    if (channels.some(isNew)) {
      const inside = noDeclarations();
      for (const { opcode, fields } of recordsIn(new Fields(stored, offset))) takeDeclaration(opcode, fields, inside);
      if (!channels.filter(isNew).every(({ channelId }) => declare(inside, channelId))) return undefined;
    }
    const bytes = Buffer.concat(indexes.map((index) => index.bytes));
    return { records: stored, crc, startTime, endTime, indexes: bytes, channels };
  };

  const takeRecord = async (record: RawRecord, { records, messages }: RawFrame): Promise<void> => {
    const fields = fieldsOf(record);
    switch (record.opcode) {
      case OPCODE.header:
        return start({ profile: fields.text(), library: fields.text() });
      case OPCODE.schema:
      case OPCODE.channel:
        return takeDeclaration(record.opcode, fields, met);
      case OPCODE.message:
        return rebuild(fields);
      case OPCODE.chunk: {
        const indexes = records.filter(({ opcode }) => opcode === OPCODE.messageIndex);
        const copy = messages === undefined ? undefined : copyOf(record, indexes);
        if (copy === undefined) return rebuildChunk(record);
        await flush();
        return putChunk(copy);
      }
      case OPCODE.metadata: {
        const [name, entries] = [fields.text(), fields.map()];
        await flush();
        await start(LOST_HEADER);
        return put(assembly.metadata(name, entries), false);
      }
      case OPCODE.attachment: {
        const [logTime, createTime, name, mediaType] = [fields.time(), fields.time(), fields.text(), fields.text()];
        await flush();
        await start(LOST_HEADER);
        const index = { logTime, createTime, name, mediaType, dataSize: BigInt(fields.size()) };
        return put(assembly.attachment(record.bytes, index), true);
      }
    }
  };

  return {
    async take(frame) {
      if (frame.messages !== undefined) {
        const here = frame.records
          .filter(({ opcode }) => opcode === OPCODE.messageIndex)
          .reduce((sum, record) => sum + readIndexHead(record).messages, 0);
        missing += frame.messages - here - total;
        total = frame.messages;
      }
      for (const record of frame.records) {
        try {
          await takeRecord(record, frame);
        } catch (error) {
          if (!(error instanceof Damage)) throw error;
          onGap({ start: record.at, end: record.at + record.bytes.length, reason: error.reason });
        }
      }
    },
    get messages() {
      return assembly.messages;
    },
    get missing() {
      return missing;
    },
    flush,
    async metadata(name, entries) {
      await flush();
      await start(LOST_HEADER);
      await put(assembly.metadata(name, entries), false);
    },
    async end() {
      await flush();
      await start(LOST_HEADER);
      for (const frame of assembly.end()) await put(frame, false);
    },
  };
}
