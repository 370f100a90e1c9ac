/**
 * Walks over an MCAP file frame by frame, in bounded memory: a frame's records are given out once its seal holds. In a
 * file of another program, which has no seals, each record is a frame of its own.
 *
 * What can be wrong: the file was *cut* (it ends early, and nothing whole follows), or it has a *gap* (a piece does not
 * hold, and whole frames follow, or the end of a closed file).
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { fail } from "../../problem/problem.js";
import { joinCrc } from "./crc.js";
import type { ByteSource } from "./file.js";
import { findFrame } from "./find.js";
import { Damage, Fields, isMagic, MAGIC, OPCODE } from "./parse.js";
import { MAX_RECORD_BYTES, type RawRecord, readRecord } from "./raw-record.js";
import { CRC_BYTES, readSeal, SEAL } from "./seal.js";
import { readTail } from "./tail.js";

/** A frame is held in memory whole: a chunk, its indexes, a seal. */
const MAX_FRAME_BYTES = 2 * MAX_RECORD_BYTES;

/** What is hashed at a time. */
const HASH_BYTES = 65_536;

/** Records that one write brought. */
export interface RawFrame {
  readonly start: number;
  readonly end: number;
  readonly records: readonly RawRecord[];
  /** By the seal: messages in the file up to the frame's end. Undefined where nothing is sealed. */
  readonly messages?: number;
}

/** A piece of a file that does not hold, with whole frames behind it. */
export interface Gap {
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

export interface FramesEnd {
  /** All of the data is there: it has its end, and no piece of it is missing. */
  readonly complete: boolean;
  /** So is the end of the file. */
  readonly whole: boolean;
  /** Bytes at the end that belong to no whole frame. */
  readonly lost_bytes: number;
  /** Messages in the file, by its own statistics. */
  readonly statistics?: number;
  /** SHA-256 of the file, hex; computed where asked for. */
  readonly sha256?: string;
}

export interface FrameOptions {
  readonly digest?: boolean;
  /** Is told of gaps, and the walk goes on behind them; without it, the first is thrown. */
  readonly onGap?: (gap: Gap) => void;
}

/** What stands in a frame. */
const IN_FRAMES: ReadonlySet<number> = new Set([
  OPCODE.header,
  OPCODE.schema,
  OPCODE.channel,
  OPCODE.message,
  OPCODE.chunk,
  OPCODE.messageIndex,
  OPCODE.attachment,
  OPCODE.metadata,
]);

/**
 * The frames of a file. The generator returns how the file ended.
 *
 * @throws Damage at a gap that nobody is told of; LimbeckError L0700 for no MCAP file.
 */
export async function* readFrames(source: ByteSource, options: FrameOptions = {}): AsyncGenerator<RawFrame, FramesEnd> {
  const { name: file, size } = source;
  const { onGap } = options;
  const hash = options.digest ? createHash("sha256") : undefined;
  const head = await source.read(0, MAGIC.length);
  const finished = size >= 2 * MAGIC.length && isMagic(await source.read(size - MAGIC.length, MAGIC.length));

  let sealed = false;
  let start = 0;
  let at = MAGIC.length;
  let records: RawRecord[] = [];
  let messages = 0;
  /** Checksums of the frame so far, and of all frames before it. */
  let crc = crc32(head);
  let dataCrc = 0;
  let gaps = 0;
  /** Where a frame was found behind the last gap. */
  let found = -1;
  hash?.update(head);

  const pass = (bytes: Uint8Array): void => {
    crc = crc32(bytes, crc);
    hash?.update(bytes);
    at += bytes.length;
  };
  const takeFrame = (): RawFrame => {
    const frame = { start, end: at, records, ...(sealed ? { messages } : {}) };
    dataCrc = joinCrc(dataCrc, crc, at - start);
    startFrame(at);
    return frame;
  };
  const startFrame = (offset: number): void => {
    start = offset;
    at = offset;
    records = [];
    crc = 0;
  };
  const checkSeal = ({ bytes }: RawRecord): void => {
    const seal = readSeal(bytes);
    const opens = start === 0 && records.length === 1 && records[0]!.opcode === OPCODE.header;
    if (seal === undefined || !(sealed || opens)) throw new Damage(at, "a seal stands where none belongs");
    if (crc32(bytes.subarray(0, -CRC_BYTES), crc) !== seal.crc)
      throw new Damage(start, "the checksum of a frame does not hold");
    if (seal.start !== start || seal.messages < messages) throw new Damage(start, "a frame is missing before this one");
    sealed = true;
    messages = seal.messages;
  };
  const checkDataEnd = ({ bytes }: RawRecord): void => {
    if (records.length > 0) throw new Damage(at, "the data ends inside a frame");
    const expected = new Fields(bytes.subarray(9), at + 9).u32();
    if (gaps === 0 && expected !== dataCrc && (sealed || expected !== 0))
      throw new Damage(at, "the checksum of the data does not hold");
    hash?.update(bytes);
    at += bytes.length;
  };
  const hashRest = async (): Promise<void> => {
    for (let i = at; hash !== undefined && i < size; i += HASH_BYTES)
      hash.update(await source.read(i, Math.min(HASH_BYTES, size - i)));
  };
  const ended = (how: Partial<FramesEnd>): FramesEnd => ({
    ...{ complete: false, whole: false, lost_bytes: 0 },
    ...how,
    ...(hash === undefined ? {} : { sha256: hash.digest("hex") }),
  });
  const skip = (to: number, reason: string): void => {
    onGap!({ start, end: to, reason });
    gaps++;
    sealed = true;
    found = to;
    startFrame(to);
  };

  if (!isMagic(head)) {
    const next = onGap === undefined ? undefined : await findFrame(source, 0);
    if (next === undefined) fail("L0700", { file, reason: size === 0 ? "it is empty" : "it does not start like one" });
    skip(next.start, "the file does not start like a recording");
  }
  let complete = false;
  for (;;) {
    try {
      const record = await readRecord(source, at);
      if (record === undefined) {
        if (at === size && records.length === 0 && !finished) return ended({});
        const reason = at === size ? "there is no footer" : "a record goes beyond the end of the file";
        throw new Damage(at, reason, { cut: !finished });
      }
      const { opcode } = record;
      if (opcode === SEAL) {
        checkSeal(record);
        pass(record.bytes);
        yield takeFrame();
      } else if (opcode === OPCODE.dataEnd) {
        if (!sealed && records.length > 0) yield takeFrame();
        checkDataEnd(record);
        complete = gaps === 0;
        const { statistics } = await readTail(source, at);
        await hashRest();
        return ended({ complete, whole: complete, ...(statistics === undefined ? {} : { statistics }) });
      } else if (opcode === OPCODE.footer) throw new Damage(at, "the data has no end before the footer");
      else if (sealed && !IN_FRAMES.has(opcode)) throw new Damage(at, `a record ${opcode} stands where none belongs`);
      else {
        pass(record.bytes);
        records.push(record);
        if (at - start > MAX_FRAME_BYTES) throw new Damage(start, "a frame has no end");
        // the header waits for what is behind it: a seal, or the first record of another program
        if (!sealed && opcode !== OPCODE.header) yield takeFrame();
      }
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      // a frame whose seal holds, and that makes no sense, is not looked for again
      const from = start === found ? start + 1 : start;
      const next = sealed || onGap !== undefined ? await findFrame(source, from) : undefined;
      const isCut = next === undefined && !finished && (error.cut || (sealed && !complete));
      if (onGap === undefined && !isCut) throw error;
      if (next !== undefined) skip(next.start, error.reason);
      else {
        if (!sealed && records.length > 0) yield takeFrame();
        await hashRest();
        return ended({ complete, lost_bytes: size - start });
      }
    }
  }
}
