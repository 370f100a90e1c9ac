/** What stands behind the data's end of a closed MCAP file: the summary and the footer, with a checksum over both. */
import { crc32 } from "node:zlib";
import type { ByteSource } from "./file.js";
import { Damage, Fields, isMagic, MAGIC, OPCODE } from "./parse.js";
import { type RawRecord, readRecord } from "./raw-record.js";

export interface Tail {
  /** Messages in the file, by its own statistics. */
  readonly statistics?: number;
  /** Schema and channel records. */
  readonly declarations: readonly RawRecord[];
}

/** The footer's content: two offsets and a checksum. */
const FOOTER_FIELDS = 8 + 8 + 4;
const FOOTER_BYTES = 9 + FOOTER_FIELDS;

/** Where the summary starts, by the footer at the file's end; undefined where there is none. */
export async function summaryStart(source: ByteSource): Promise<number | undefined> {
  const at = source.size - MAGIC.length - FOOTER_BYTES;
  if (at < MAGIC.length || !isMagic(await source.read(source.size - MAGIC.length, MAGIC.length))) return undefined;
  const bytes = await source.read(at, FOOTER_BYTES);
  if (bytes[0] !== OPCODE.footer) return undefined;
  const start = new Fields(bytes.subarray(9), at + 9).size();
  return start >= MAGIC.length && start <= at ? start : undefined;
}

/**
 * Reads what is behind the data's end, from `start` to the end of the file.
 *
 * @throws Damage where it does not hold; a cut one where the file ends early.
 */
export async function readTail(source: ByteSource, start: number): Promise<Tail> {
  const declarations: RawRecord[] = [];
  let statistics: number | undefined;
  let crc = 0;
  for (let at = start; ; ) {
    const record = await readRecord(source, at);
    if (record === undefined) throw new Damage(at, "the file ends inside its summary", { cut: true });
    const { opcode, bytes } = record;
    const fields = new Fields(bytes.subarray(9), at + 9);
    if (opcode === OPCODE.footer) {
      checkFooter(fields, record, start, crc);
      const rest = at + bytes.length;
      const magic = await source.read(rest, MAGIC.length + 1);
      if (!MAGIC.subarray(0, magic.length).every((byte, i) => byte === magic[i]) || magic.length > MAGIC.length)
        throw new Damage(rest, "the file does not end with its footer");
      if (magic.length < MAGIC.length) throw new Damage(rest, "the file ends inside its footer", { cut: true });
      return { ...(statistics === undefined ? {} : { statistics }), declarations };
    }
    if (opcode === OPCODE.schema || opcode === OPCODE.channel) declarations.push(record);
    if (opcode === OPCODE.statistics) statistics = fields.size();
    crc = crc32(bytes, crc);
    at += bytes.length;
  }
}

/** The summary's checksum covers everything from its start to the checksum itself. */
function checkFooter(fields: Fields, { at, bytes }: RawRecord, start: number, summaryCrc: number): void {
  if (bytes.length !== FOOTER_BYTES) throw new Damage(at, "the footer has another length");
  const says = fields.size();
  fields.size();
  const expected = fields.u32();
  if (says !== 0 && says !== start) throw new Damage(at, "the summary starts elsewhere");
  const crc = crc32(bytes.subarray(0, -4), summaryCrc);
  if (expected !== 0 && expected !== crc) throw new Damage(at, "the checksum of the summary does not hold");
}
