/**
 * Reads MCAP from start to end, chunk by chunk, in bounded memory.
 *
 * A file that was cut off gives its whole frames (see seal.ts; whole chunks, of another program). Any other deviation is
 * damage: a checksum that does not hold, a length that does not fit, an unknown record. It is said with its offset, and
 * never becomes a silent gap.
 */
import { crc32 } from "node:zlib";
import { fail } from "../../problem/problem.js";
import { readChunkRecord } from "./chunk.js";
import type { ByteSource } from "./file.js";
import { readFrames } from "./frames.js";
import { Damage, Fields, OPCODE } from "./parse.js";
import { MAX_RECORD_BYTES, type RawRecord } from "./raw-record.js";

export interface RawChannel {
  readonly id: number;
  readonly topic: string;
  readonly schema: { readonly name: string; readonly encoding: string; readonly data: Uint8Array } | undefined;
  readonly messageEncoding: string;
  readonly metadata: { readonly [key: string]: string };
}

export interface RawMessage {
  readonly channel: RawChannel;
  readonly sequence: number;
  readonly logTime: bigint;
  readonly publishTime: bigint;
  /** A view into the chunk. */
  readonly data: Uint8Array;
}

/** What one top-level record brought. */
export interface Block {
  readonly offset: number;
  readonly channels: readonly RawChannel[];
  readonly messages: readonly RawMessage[];
  readonly metadata?: { readonly name: string; readonly entries: { readonly [key: string]: string } };
}

export interface End {
  /** False for a file that was cut off. */
  readonly whole: boolean;
  /** Bytes at the end that belong to no whole record. */
  readonly lost_bytes: number;
  readonly profile: string;
  readonly library: string;
  /** SHA-256 of the file, hex; computed where asked for. */
  readonly sha256?: string;
}

/** Makes a compressed chunk's records of `size` bytes plain again. */
export type Decompress = (bytes: Uint8Array, size: number) => Uint8Array;

export interface ReadOptions {
  readonly digest?: boolean;
  /** By the name of the compression (`zstd`); our own chunks have none. */
  readonly decompress?: { readonly [compression: string]: Decompress };
}

/**
 * Walks over a file. The generator returns how the file ended.
 *
 * @throws LimbeckError L0700 for no MCAP file, L0701 for damage, L0705 for compression, L0707 for a record too large.
 */
export async function* readBlocks(source: ByteSource, options: ReadOptions = {}): AsyncGenerator<Block, End> {
  const { name: file } = source;
  const context: Context = { file, schemas: new Map(), channels: new Map(), decompress: options.decompress ?? {} };
  const frames = readFrames(source, options.digest ? { digest: true } : {});
  let profile = "";
  let library = "";
  let count = 0;
  try {
    for (;;) {
      const next = await frames.next();
      if (next.done) {
        const { statistics, whole, lost_bytes, sha256 } = next.value;
        if (statistics !== undefined && statistics !== count)
          throw new Damage(source.size, `it says that it has ${statistics} messages, and has ${count}`);
        return { whole, lost_bytes, profile, library, ...(sha256 === undefined ? {} : { sha256 }) };
      }
      const { start, records, messages } = next.value;
      const blocks: Block[] = [];
      for (const record of records) {
        const fields = new Fields(record.bytes.subarray(9), record.at + 9);
        if (record.opcode === OPCODE.header) {
          profile = fields.text();
          library = fields.text();
          continue;
        }
        const block = readBlock(record, fields, context);
        if (block === undefined) continue;
        count += block.messages.length;
        blocks.push(block);
      }
      if (messages !== undefined && messages !== count)
        throw new Damage(start, `messages are missing: ${messages} up to here, and there are ${count}`);
      yield* blocks;
    }
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    const { offset, reason, size } = error;
    if (size !== undefined) fail("L0707", { file, offset, size, limit: MAX_RECORD_BYTES });
    return fail("L0701", { file, offset, reason });
  }
}

interface Context {
  readonly file: string;
  readonly decompress: NonNullable<ReadOptions["decompress"]>;
  readonly schemas: Map<number, NonNullable<RawChannel["schema"]>>;
  readonly channels: Map<number, RawChannel>;
}

function readBlock(raw: RawRecord, record: Fields, context: Context): Block | undefined {
  const { opcode, at } = raw;
  if (opcode === OPCODE.metadata) {
    const metadata = { name: record.text(), entries: record.map() };
    return { offset: at, channels: [], messages: [], metadata };
  }
  const channels: RawChannel[] = [];
  const messages: RawMessage[] = [];
  if (opcode === OPCODE.chunk) {
    const content = openChunk(raw, context.file, context.decompress);
    while (content.left > 0) {
      const start = content.offset;
      const inner = content.u8();
      const length = content.size();
      if (inner === OPCODE.message) messages.push(readMessage(content, length, context));
      else if (inner === OPCODE.schema || inner === OPCODE.channel || inner >= 0x80)
        readDeclaration(inner, new Fields(content.bytes(length), start + 9), context, channels);
      else throw new Damage(start, `a chunk holds no record ${inner}`);
    }
  } else if (opcode === OPCODE.message) messages.push(readMessage(record, record.left, context));
  else readDeclaration(opcode, record, context, channels);
  return channels.length + messages.length > 0 ? { offset: at, channels, messages } : undefined;
}

/** A chunk's records, plain and right. */
export function openChunk(record: RawRecord, file: string, decompress: NonNullable<ReadOptions["decompress"]>): Fields {
  const { size, crc, compression, offset, stored } = readChunkRecord(record);
  const content = compression === "" ? stored : unpacked(record, stored, size, compression, { file, decompress });
  if (content.length !== size) throw new Damage(record.at, "a chunk's lengths do not fit each other");
  if (crc !== 0 && crc32(content) !== crc) throw new Damage(record.at, "the checksum of a chunk does not hold");
  return new Fields(content, offset);
}

function unpacked(
  { at }: RawRecord,
  stored: Uint8Array,
  size: number,
  compression: string,
  { file, decompress }: Pick<Context, "file" | "decompress">,
): Uint8Array {
  if (!Object.hasOwn(decompress, compression)) fail("L0705", { file, compression });
  try {
    return decompress[compression]!(stored, size);
  } catch (error) {
    throw new Damage(at, `a chunk does not decompress (${(error as Error).message})`);
  }
}

/** Of a message before its data: channel, sequence, two times. */
const MESSAGE_HEAD = 2 + 4 + 8 + 8;

/** A message of `length` bytes. */
function readMessage(record: Fields, length: number, context: Context): RawMessage {
  const { offset } = record;
  if (length < MESSAGE_HEAD) throw new Damage(offset, "a message is too short");
  const channel = context.channels.get(record.u16());
  if (channel === undefined) throw new Damage(offset, "a message has no channel");
  const sequence = record.u32();
  const logTime = record.time();
  const publishTime = record.time();
  return { channel, sequence, logTime, publishTime, data: record.bytes(length - MESSAGE_HEAD) };
}

function readDeclaration(opcode: number, record: Fields, context: Context, channels: RawChannel[]): void {
  if (opcode === OPCODE.schema) {
    const id = record.u16();
    context.schemas.set(id, { name: record.text(), encoding: record.text(), data: record.bytes(record.u32()) });
  } else if (opcode === OPCODE.channel) {
    const id = record.u16();
    const schema = context.schemas.get(record.u16());
    const channel = { id, schema, topic: record.text(), messageEncoding: record.text(), metadata: record.map() };
    // a channel may be repeated, and is the same then
    if (context.channels.has(id)) return;
    context.channels.set(id, channel);
    channels.push(channel);
  }
}
