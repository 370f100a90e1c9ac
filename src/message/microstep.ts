/** The tag's microstep in recorded messages: a protobuf field behind the message's own, invisible to its decoder. */
import { type ByteBuffer, varintSize, writeUint32, writeVarint } from "./bytes.js";
import { MICROSTEP_FIELD } from "./descriptor.js";

const MICROSTEP_KEY = MICROSTEP_FIELD * 8 + 5;
const MICROSTEP_SIZE = varintSize(MICROSTEP_KEY) + 4;

/** Appends the microstep to an encoded message, as the field that recordings carry it in: always the last 6 bytes. */
export function writeMicrostep(buffer: ByteBuffer, microstep: number): void {
  writeVarint(buffer, MICROSTEP_KEY);
  writeUint32(buffer, microstep);
}

/** The microstep at the end of recorded bytes; 0 where a foreign writer left none. */
export function readMicrostep(bytes: Uint8Array): number {
  const at = bytes.length - MICROSTEP_SIZE;
  if (at < 0 || bytes[at] !== ((MICROSTEP_KEY & 0x7f) | 0x80) || bytes[at + 1] !== MICROSTEP_KEY >>> 7) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + at + 2, 4).getUint32(0, true);
}
