/** A byte buffer that grows and is used again: what messages are encoded into, without garbage on the hot path. */

const encoder = new TextEncoder();

/** Bytes of `u8` from `length` on are free; `view` covers the same memory. Both change when the buffer grows. */
export class ByteBuffer {
  u8: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  length = 0;

  constructor(capacity = 256) {
    this.u8 = new Uint8Array(capacity);
    this.view = new DataView(this.u8.buffer);
  }

  /** Makes room for `n` bytes behind `length`. */
  reserve(n: number): void {
    if (this.length + n > this.u8.length) this.#grow(this.length + n);
  }

  reset(): void {
    this.length = 0;
  }

  /** The bytes written so far; valid until the next write or reset. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.u8.subarray(0, this.length);
  }

  #grow(needed: number): void {
    const bigger = new Uint8Array(Math.max(needed, this.u8.length * 2));
    bigger.set(this.u8.subarray(0, this.length));
    this.u8 = bigger;
    this.view = new DataView(bigger.buffer);
  }
}

export function writeByte(buffer: ByteBuffer, value: number): void {
  buffer.reserve(1);
  buffer.u8[buffer.length++] = value;
}

/** An unsigned protobuf varint; `value` is a non-negative safe integer. */
export function writeVarint(buffer: ByteBuffer, value: number): void {
  buffer.reserve(8);
  let rest = value;
  while (rest > 0x7f) {
    buffer.u8[buffer.length++] = (rest % 128) | 0x80;
    rest = rest > 0xffffffff ? Math.floor(rest / 128) : rest >>> 7;
  }
  buffer.u8[buffer.length++] = rest;
}

/** Eight bytes, little endian; NaN payloads and −0 are kept. */
export function writeFloat64(buffer: ByteBuffer, value: number): void {
  buffer.reserve(8);
  buffer.view.setFloat64(buffer.length, value, true);
  buffer.length += 8;
}

export function writeUint32(buffer: ByteBuffer, value: number): void {
  buffer.reserve(4);
  buffer.view.setUint32(buffer.length, value, true);
  buffer.length += 4;
}

export function writeBytes(buffer: ByteBuffer, bytes: Uint8Array): void {
  buffer.reserve(bytes.length);
  buffer.u8.set(bytes, buffer.length);
  buffer.length += bytes.length;
}

/** UTF-8 without a length. */
export function writeUtf8(buffer: ByteBuffer, text: string): void {
  buffer.reserve(text.length * 3);
  buffer.length += encoder.encodeInto(text, buffer.u8.subarray(buffer.length)).written;
}

/** How many bytes a varint takes. */
export function varintSize(value: number): number {
  let n = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) n++;
  return n;
}
