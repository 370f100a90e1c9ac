/**
 * Reads MCAP from start to end, chunk by chunk, in bounded memory.
 *
 * A file that was cut off gives its whole chunks. Any other deviation is damage: a checksum that does not hold, a length
 * that does not fit, an unknown record. It is said with its offset, and never becomes a silent gap.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { fail } from "../../problem/problem.js";
import type { ByteSource } from "./file.js";
import { Damage, Fields, isMagic, isOpcode, MAGIC, OPCODE } from "./parse.js";

/** A record is held in memory whole. */
export const MAX_RECORD_BYTES = 512 * 1024 * 1024;

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

/** Takes a chunk apart: its bytes, and how many they become. @throws any Error where they are damaged. */
export type Decompress = (bytes: Uint8Array, size: number) => Uint8Array;

/**
 * Walks over a file. The generator returns how the file ended.
 *
 * @throws LimbeckError L0700 for no MCAP file, L0701 for damage, L0705 for compression, L0707 for a record too large.
 */
export async function* readBlocks(
  source: ByteSource,
  options: { readonly digest?: boolean; readonly decompress?: { readonly [compression: string]: Decompress } } = {},
): AsyncGenerator<Block, End> {
  const { name: file, size } = source;
  const hash = options.digest ? createHash("sha256") : undefined;
  const head = await source.read(0, MAGIC.length);
  if (!isMagic(head)) fail("L0700", { file, reason: size === 0 ? "it is empty" : "it does not start like one" });
  hash?.update(head);
  const finished = size >= 2 * MAGIC.length && isMagic(await source.read(size - MAGIC.length, MAGIC.length));

  const { decompress = {} } = options;
  const context: Context = { file, decompress, schemas: new Map(), channels: new Map() };
  let profile = "";
  let library = "";
  let dataCrc = crc32(head);
  let summary: { readonly start: number; crc: number } | undefined;
  let at = MAGIC.length;
  try {
    while (at < size) {
      const prefix = await source.read(at, 9);
      const fields = prefix.length === 9 ? new Fields(prefix, at) : undefined;
      const opcode = fields?.u8() ?? 0;
      if (fields !== undefined && !isOpcode(opcode)) throw new Damage(at, `there is no record ${opcode}`);
      const length = fields?.size() ?? 0;
      if (fields === undefined || at + 9 + length > size) {
        if (finished) throw new Damage(at, "a record goes beyond the end of the file");
        break;
      }
      if (length > MAX_RECORD_BYTES) fail("L0707", { file, offset: at, size: length, limit: MAX_RECORD_BYTES });
      const body = await source.read(at + 9, length);
      hash?.update(prefix).update(body);
      const record = new Fields(body, at + 9);
      const before = dataCrc;
      dataCrc = crc32(body, crc32(prefix, dataCrc));

      if (opcode === OPCODE.header) {
        profile = record.text();
        library = record.text();
      } else if (opcode === OPCODE.dataEnd) {
        const expected = record.u32();
        if (expected !== 0 && expected !== before) throw new Damage(at, "the checksum of the data does not hold");
        summary = { start: at + 9 + length, crc: 0 };
      } else if (opcode === OPCODE.footer) {
        checkFooter(record, at, summary, prefix, body);
        const rest = at + 9 + length;
        const tail = await source.read(rest, MAGIC.length + 1);
        if (!MAGIC.subarray(0, tail.length).every((byte, i) => byte === tail[i]) || tail.length > MAGIC.length)
          throw new Damage(rest, "the file does not end with its footer");
        hash?.update(tail);
        const whole = tail.length === MAGIC.length;
        return { whole, lost_bytes: whole ? 0 : tail.length, profile, library, ...digest(hash) };
      } else if (summary === undefined) {
        const block = readBlock(opcode, record, at, context);
        if (block !== undefined) yield block;
      }
      if (summary !== undefined && opcode !== OPCODE.dataEnd) summary.crc = crc32(body, crc32(prefix, summary.crc));
      at += 9 + length;
    }
  } catch (error) {
    if (error instanceof Damage) fail("L0701", { file, offset: error.offset, reason: error.reason });
    throw error;
  }
  if (finished && at === size) fail("L0701", { file, offset: at, reason: "there is no footer" });
  if (hash !== undefined)
    for (let i = at; i < size; i += 65536) hash.update(await source.read(i, Math.min(65536, size - i)));
  return { whole: false, lost_bytes: size - at, profile, library, ...digest(hash) };
}

const digest = (hash: ReturnType<typeof createHash> | undefined) =>
  hash === undefined ? {} : { sha256: hash.digest("hex") };

/** The summary's checksum covers everything from its start to the checksum itself. */
function checkFooter(
  record: Fields,
  at: number,
  summary: { readonly start: number; readonly crc: number } | undefined,
  prefix: Uint8Array,
  body: Uint8Array,
): void {
  const start = record.size();
  record.size();
  const expected = record.u32();
  if (summary === undefined) throw new Damage(at, "the data has no end before the footer");
  if (start !== 0 && start !== summary.start) throw new Damage(at, "the summary starts elsewhere");
  const crc = crc32(body.subarray(0, 16), crc32(prefix, summary.crc));
  if (expected !== 0 && expected !== crc) throw new Damage(at, "the checksum of the summary does not hold");
}

interface Context {
  readonly file: string;
  readonly decompress: { readonly [compression: string]: Decompress };
  readonly schemas: Map<number, NonNullable<RawChannel["schema"]>>;
  readonly channels: Map<number, RawChannel>;
}

function readBlock(opcode: number, record: Fields, at: number, context: Context): Block | undefined {
  if (opcode === OPCODE.metadata) {
    const metadata = { name: record.text(), entries: record.map() };
    return { offset: at, channels: [], messages: [], metadata };
  }
  const channels: RawChannel[] = [];
  const messages: RawMessage[] = [];
  if (opcode === OPCODE.chunk) {
    const content = readChunk(record, at, context);
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

function readChunk(record: Fields, at: number, { file, decompress }: Context): Fields {
  record.time();
  record.time();
  const size = record.size();
  const crc = record.u32();
  const compression = record.text();
  const plain = Object.hasOwn(decompress, compression) ? decompress[compression] : undefined;
  if (compression !== "" && plain === undefined) fail("L0705", { file, compression });
  if (size > MAX_RECORD_BYTES) fail("L0707", { file, offset: at, size, limit: MAX_RECORD_BYTES });
  const start = record.offset + 8;
  const packed = record.bytes(record.size());
  const content = plain === undefined ? packed : unpacked(plain, packed, size, at);
  if (content.length !== size || record.left > 0) throw new Damage(at, "a chunk's lengths do not fit each other");
  if (crc !== 0 && crc32(content) !== crc) throw new Damage(at, "the checksum of a chunk does not hold");
  return new Fields(content, start);
}

function unpacked(decompress: Decompress, packed: Uint8Array, size: number, at: number): Uint8Array {
  try {
    return decompress(packed, size);
  } catch (error) {
    throw new Damage(at, `a chunk cannot be decompressed (${(error as Error).message})`);
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
