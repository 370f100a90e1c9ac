/**
 * Seals: what makes every bit of our files accountable, also of those that nobody closed.
 *
 * A *frame* is what one write brings: some records, then their seal. MCAP's own checksums cover what is inside chunks,
 * and the whole data section of a closed file; in a file that was cut off, nothing covers opcodes, lengths, metadata or
 * a chunk that is missing altogether. A seal names where its frame starts, how many messages the file has up to here, and
 * the checksum of the frame. It is a record of a private opcode, which readers of other programs pass over.
 *
 *     magic header seal │ metadata seal │ chunk index index seal │ chunk index seal │ … │ DataEnd summary footer magic
 */

/** Private records are those from 0x80 on. */
export const SEAL = 0x9e;
/** Of the record: opcode, length; then start, messages, checksum. */
export const SEAL_BYTES = 9 + 8 + 8 + 4;
/** What the checksum does not cover: itself. */
export const CRC_BYTES = 4;

export interface Seal {
  /** Offset in the file of the frame's first byte. */
  readonly start: number;
  /** Messages in the file, those of the frame included. */
  readonly messages: number;
  /** CRC-32 of the frame up to this number. */
  readonly crc: number;
}

/** The first nine bytes of every seal. */
export const SEAL_HEAD = Uint8Array.of(SEAL, SEAL_BYTES - 9, 0, 0, 0, 0, 0, 0, 0);

/** Writes a seal without its checksum at the end of `bytes`. */
export function writeSeal(bytes: Uint8Array, start: number, messages: number): void {
  const at = bytes.length - SEAL_BYTES;
  bytes.set(SEAL_HEAD, at);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, SEAL_BYTES);
  view.setBigUint64(9, BigInt(start), true);
  view.setBigUint64(17, BigInt(messages), true);
}

export function writeSealCrc(bytes: Uint8Array, crc: number): void {
  new DataView(bytes.buffer, bytes.byteOffset + bytes.length - CRC_BYTES, CRC_BYTES).setUint32(0, crc, true);
}

/** The seal at the start of `bytes`, whatever its numbers; undefined where there is none. */
export function readSeal(bytes: Uint8Array): Seal | undefined {
  if (bytes.length < SEAL_BYTES || !SEAL_HEAD.every((byte, i) => byte === bytes[i])) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEAL_BYTES);
  const number = (at: number): number => Number(view.getBigUint64(at, true));
  return { start: number(9), messages: number(17), crc: view.getUint32(25, true) };
}
