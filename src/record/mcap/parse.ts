/** MCAP records as bytes: just those that a recording is read from, each check with the offset where it failed. */

export const OPCODE = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  attachment: 0x09,
  metadata: 0x0c,
  dataEnd: 0x0f,
} as const;

/** The highest opcode of the specification; from 0x80 on they are private to other writers. */
const LAST_OPCODE = 0x0f;
export const isOpcode = (opcode: number): boolean => (opcode >= 1 && opcode <= LAST_OPCODE) || opcode >= 0x80;

export const MAGIC = Uint8Array.of(0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a);
export const isMagic = (bytes: Uint8Array): boolean =>
  bytes.length === MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte);

/** Thrown while parsing; the reader adds the file's name. */
export class Damage {
  readonly offset: number;
  readonly reason: string;
  constructor(offset: number, reason: string) {
    this.offset = offset;
    this.reason = reason;
  }
}

export interface Fields {
  /** Offset in the file of the next byte. */
  readonly offset: number;
  readonly left: number;
  u8(): number;
  u16(): number;
  u32(): number;
  /** An unsigned 64-bit integer that a double holds exactly; larger ones are damage. */
  size(): number;
  /** Nanoseconds; times before the epoch are two's complement. */
  time(): bigint;
  text(): string;
  map(): { readonly [key: string]: string };
  bytes(length: number): Uint8Array;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads fields one by one; `base` is the offset of `bytes` in the file. */
export function fieldsOf(bytes: Uint8Array, base: number): Fields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (n: number): number => {
    if (n > bytes.length - at) throw new Damage(base + at, "a record ends inside a field");
    const from = at;
    at += n;
    return from;
  };
  const fields: Fields = {
    get offset() {
      return base + at;
    },
    get left() {
      return bytes.length - at;
    },
    u8: () => view.getUint8(take(1)),
    u16: () => view.getUint16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    size() {
      const from = take(8);
      const value = view.getUint32(from, true) + view.getUint32(from + 4, true) * 2 ** 32;
      if (!Number.isSafeInteger(value)) throw new Damage(base + from, "a length beyond any file's");
      return value;
    },
    time: () => view.getBigInt64(take(8), true),
    text() {
      const from = at;
      const piece = fields.bytes(fields.u32());
      try {
        return decoder.decode(piece);
      } catch {
        throw new Damage(base + from, "a text is not UTF-8");
      }
    },
    map() {
      const end = at + 4 + view.getUint32(take(4), true);
      if (end > bytes.length) throw new Damage(base + at, "a record ends inside a map");
      const entries: [string, string][] = [];
      while (at < end) entries.push([fields.text(), fields.text()]);
      return Object.fromEntries(entries);
    },
    bytes(length) {
      const from = take(length);
      return bytes.subarray(from, at);
    },
  };
  return fields;
}
