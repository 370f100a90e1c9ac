/** Protobuf's wire format: how single values are written and read behind their keys. */
import { type ByteBuffer, varintSize, writeByte, writeFloat64, writeUtf8, writeVarint } from "./bytes.js";
import { ARRAYS } from "./tensor.js";
import type { Dtype, Message, TypedArray } from "./type.js";

export type Write = (value: Message, buffer: ByteBuffer) => void;
/** Reads a value that ends at `end`; the cursor is behind the key (and the length, for sized parts). */
export type Read = (cursor: Cursor, end: number) => Message;

/** How one value is written and read behind its key. */
export interface Part {
  /** Protobuf wire type: 0 varint, 1 eight bytes, 2 sized. */
  readonly wire: 0 | 1 | 2;
  /** For wire type 2, with the length. */
  readonly write: Write;
  readonly read: Read;
}

export interface Cursor {
  readonly u8: Uint8Array;
  readonly view: DataView;
  at: number;
}

/** Thrown while decoding, and turned into L0309 with the offset that the cursor reached. */
export class Malformed {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export function keyWriter(number: number, wire: number): (buffer: ByteBuffer) => void {
  const key = number * 8 + wire;
  if (key < 0x80) return (buffer) => writeByte(buffer, key);
  return (buffer) => writeVarint(buffer, key);
}

function need(cursor: Cursor, end: number, n: number): void {
  if (cursor.at + n > end) throw new Malformed("the bytes end early");
}

export function expectWire(found: number, expected: number): void {
  if (found !== expected) throw new Malformed(`wire type ${found} where ${expected} is expected`);
}

export function readVarint(cursor: Cursor, end: number): number {
  let value = 0;
  for (let scale = 1, n = 0; n < 8; n++, scale *= 128) {
    need(cursor, end, 1);
    const byte = cursor.u8[cursor.at++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw new Malformed("a varint is too long");
}

/** Reads a length; gives where the part ends. */
export function readEnd(cursor: Cursor, end: number): number {
  const size = readVarint(cursor, end);
  need(cursor, end, size);
  return cursor.at + size;
}

export function skip(cursor: Cursor, end: number, wire: number): void {
  if (wire === 0) {
    readVarint(cursor, end);
    return;
  }
  const size = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? readVarint(cursor, end) : undefined;
  if (size === undefined) throw new Malformed(`wire type ${wire} is unknown`);
  need(cursor, end, size);
  cursor.at += size;
}

export const numberPart: Part = {
  wire: 1,
  write: (value, buffer) => writeFloat64(buffer, value as number),
  read(cursor, end) {
    need(cursor, end, 8);
    const value = cursor.view.getFloat64(cursor.at, true);
    cursor.at += 8;
    return value;
  },
};

export const booleanPart: Part = {
  wire: 0,
  write: (value, buffer) => writeByte(buffer, value ? 1 : 0),
  read: (cursor, end) => readVarint(cursor, end) !== 0,
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const stringPart: Part = {
  wire: 2,
  write: sized((value, buffer) => writeUtf8(buffer, value as string)),
  read(cursor, end) {
    const bytes = cursor.u8.subarray(cursor.at, end);
    try {
      const text = decoder.decode(bytes);
      cursor.at = end;
      return text;
    } catch {
      throw new Malformed("a string is not UTF-8");
    }
  },
};

/** On other hosts elements are always written and read one by one. */
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** Below this many elements a loop is faster than a view and a copy. */
const FEW = 32;

export function tensorPart({ length, dtype }: { readonly length: number; readonly dtype: Dtype }): Part {
  const Maker = ARRAYS[dtype];
  const width = Maker.BYTES_PER_ELEMENT;
  const size = length * width;
  const room = size + varintSize(size);
  const { put, get } = ELEMENT[dtype];
  const bulk = LITTLE_ENDIAN && length > FEW;
  return {
    wire: 2,
    write(value, buffer) {
      const array = value as TypedArray;
      buffer.reserve(room);
      if (size < 0x80) buffer.u8[buffer.length++] = size;
      else writeVarint(buffer, size);
      if (bulk) buffer.u8.set(new Uint8Array(array.buffer, array.byteOffset, size), buffer.length);
      else put(buffer.view, buffer.length, array, length);
      buffer.length += size;
    },
    read(cursor, end) {
      if (end - cursor.at !== size) throw new Malformed(`a tensor has ${end - cursor.at} bytes, not ${size}`);
      const array = new Maker(length);
      if (bulk) new Uint8Array(array.buffer).set(cursor.u8.subarray(cursor.at, end));
      else for (let i = 0; i < length; i++) array[i] = get(cursor.view, cursor.at + i * width);
      cursor.at = end;
      return array;
    },
  };
}

interface ElementAccess {
  readonly put: (view: DataView, at: number, array: TypedArray, length: number) => void;
  readonly get: (view: DataView, at: number) => number;
}

/** Element access by dtype; each loop is its own function, so that each sees one kind of array. */
const ELEMENT: { readonly [D in Dtype]: ElementAccess } = {
  float64: {
    put(view, at, array, length) {
      for (let i = 0; i < length; i++) view.setFloat64(at + 8 * i, array[i]!, true);
    },
    get: (view, at) => view.getFloat64(at, true),
  },
  float32: {
    put(view, at, array, length) {
      for (let i = 0; i < length; i++) view.setFloat32(at + 4 * i, array[i]!, true);
    },
    get: (view, at) => view.getFloat32(at, true),
  },
  int32: {
    put(view, at, array, length) {
      for (let i = 0; i < length; i++) view.setInt32(at + 4 * i, array[i]!, true);
    },
    get: (view, at) => view.getInt32(at, true),
  },
  uint32: {
    put(view, at, array, length) {
      for (let i = 0; i < length; i++) view.setUint32(at + 4 * i, array[i]!, true);
    },
    get: (view, at) => view.getUint32(at, true),
  },
  int16: {
    put(view, at, array, length) {
      for (let i = 0; i < length; i++) view.setInt16(at + 2 * i, array[i]!, true);
    },
    get: (view, at) => view.getInt16(at, true),
  },
  uint16: {
    put(view, at, array, length) {
      for (let i = 0; i < length; i++) view.setUint16(at + 2 * i, array[i]!, true);
    },
    get: (view, at) => view.getUint16(at, true),
  },
  int8: { put: putBytes, get: (view, at) => view.getInt8(at) },
  uint8: { put: putBytes, get: (view, at) => view.getUint8(at) },
  bool: { put: putBytes, get: (view, at) => view.getUint8(at) },
};

function putBytes(view: DataView, at: number, array: TypedArray, length: number): void {
  for (let i = 0; i < length; i++) view.setUint8(at + i, array[i]!);
}

/** `write` with its length before it: one byte is left for the length, longer contents move up. */
export function sized(write: Write): Write {
  return (value, buffer) => {
    writeByte(buffer, 0);
    const start = buffer.length;
    write(value, buffer);
    const size = buffer.length - start;
    if (size < 0x80) {
      buffer.u8[start - 1] = size;
      return;
    }
    const shift = varintSize(size) - 1;
    buffer.reserve(shift);
    buffer.u8.copyWithin(start + shift, start, start + size);
    buffer.length = start - 1;
    writeVarint(buffer, size);
    buffer.length += size;
  };
}
