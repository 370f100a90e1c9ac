/** MCAP records as bytes: just those that a recording is read from, each check with the offset where it failed. */

export const OPCODE = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  messageIndex: 0x07,
  attachment: 0x09,
  statistics: 0x0b,
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
  /** The file ends here, and may simply have been cut. */
  readonly cut: boolean;
  /** A record of this many bytes is more than fits into memory. */
  readonly size: number | undefined;
  constructor(offset: number, reason: string, more: { readonly cut?: boolean; readonly size?: number } = {}) {
    this.offset = offset;
    this.reason = reason;
    this.cut = more.cut ?? false;
    this.size = more.size;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads fields one by one. A class, since one is made for every record. */
export class Fields {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;
  #at = 0;

  /** `base` is the offset of `bytes` in the file. */
  constructor(bytes: Uint8Array, base: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#base = base;
  }

  /** Offset in the file of the next byte. */
  get offset(): number {
    return this.#base + this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(n: number): number {
    const from = this.#at;
    if (n > this.#bytes.length - from) throw new Damage(this.offset, "a record ends inside a field");
    this.#at = from + n;
    return from;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** An unsigned 64-bit integer that a double holds exactly; larger ones are damage. */
  size(): number {
    const from = this.#take(8);
    const value = this.#view.getUint32(from, true) + this.#view.getUint32(from + 4, true) * 2 ** 32;
    if (!Number.isSafeInteger(value)) throw new Damage(this.#base + from, "a length beyond any file's");
    return value;
  }

  /** Nanoseconds; times before the epoch are two's complement. */
  time(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  text(): string {
    const from = this.offset;
    const piece = this.bytes(this.u32());
    try {
      return decoder.decode(piece);
    } catch {
      throw new Damage(from, "a text is not UTF-8");
    }
  }

  map(): { readonly [key: string]: string } {
    const length = this.u32();
    const inner = new Fields(this.bytes(length), this.offset - length);
    const entries: [string, string][] = [];
    while (inner.left > 0) entries.push([inner.text(), inner.text()]);
    return Object.fromEntries(entries);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, this.#at);
  }
}
