/** One record of an MCAP file, as it lies there. */
import type { ByteSource } from "./file.js";
import { Damage, Fields, isOpcode } from "./parse.js";

/** A record is held in memory whole. */
export const MAX_RECORD_BYTES = 512 * 1024 * 1024;

export interface RawRecord {
  readonly opcode: number;
  /** Offset in the file of its opcode. */
  readonly at: number;
  /** All of it: opcode, length, content. A view. */
  readonly bytes: Uint8Array;
}

/** Opcode and length. */
const HEAD_BYTES = 9;

/**
 * The record at an offset; undefined where the file ends before the record does.
 *
 * @throws Damage for an opcode that there is not, and for a record too large.
 */
export async function readRecord(source: ByteSource, at: number): Promise<RawRecord | undefined> {
  const head = await source.read(at, HEAD_BYTES);
  if (head.length < HEAD_BYTES) return undefined;
  const fields = new Fields(head, at);
  const opcode = fields.u8();
  if (!isOpcode(opcode)) throw new Damage(at, `there is no record ${opcode}`);
  const length = fields.size();
  if (at + HEAD_BYTES + length > source.size) return undefined;
  if (length > MAX_RECORD_BYTES) throw new Damage(at, `a record of ${length} bytes is too large`, { size: length });
  return { opcode, at, bytes: await source.read(at, HEAD_BYTES + length) };
}
