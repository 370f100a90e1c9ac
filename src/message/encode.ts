/**
 * Messages ⇄ protobuf bytes, compiled once from the schema (protobuf encoding: protobuf.dev/programming-guides/encoding).
 *
 * | part            | protobuf                                                                        |
 * |-----------------|---------------------------------------------------------------------------------|
 * | number, integer | double (a JavaScript integer is one)                                            |
 * | boolean, string | bool, string                                                                    |
 * | enum            | string or double, its value                                                     |
 * | tensor          | bytes: elements little endian, row-major                                        |
 * | object          | message: fields in name order, numbered from 1                                  |
 * | array           | repeated; numbers and booleans packed; wrapped in a message where optional or nested |
 *
 * A type that is no object is the field `value` of a message. Every field is written, zeros too, in number order: equal
 * messages give equal bytes, and NaN payloads and −0 survive. Recordings append the tag's microstep as field 1000.
 */
import { LimbeckError, problem } from "../problem/problem.js";
import { ByteBuffer, varintSize, writeByte, writeFloat64, writeUint32, writeUtf8, writeVarint } from "./bytes.js";
import { describeFile, MICROSTEP_FIELD, typeNameOf } from "./descriptor.js";
import { type Field, fieldsOf, kindOf } from "./kind.js";
import { ARRAYS, tensorType } from "./tensor.js";
import type { Message, MessageSchema, TypedArray } from "./type.js";

export interface Codec {
  /** Full protobuf name, e.g. `limbeck.JointState2`. */
  readonly typeName: string;
  /** Serialised `google.protobuf.FileDescriptorSet` with this one type, what MCAP wants as a schema. */
  readonly descriptor: Uint8Array;
  /** Appends the message's bytes. The message must fit the type: this does not check it. */
  encodeInto(message: Message, buffer: ByteBuffer): void;
  encode(message: Message): Uint8Array;
  /**
   * The message of these bytes. Unknown fields are skipped.
   * @throws LimbeckError L0309 when the bytes are not a message of this type.
   */
  decode(bytes: Uint8Array): Message;
}

type Write = (value: Message, buffer: ByteBuffer) => void;
/** Reads a value that ends at `end`; the cursor is behind the key (and the length, for sized parts). */
type Read = (cursor: Cursor, end: number) => Message;

/** How one value is written and read behind its key. */
interface Part {
  /** Protobuf wire type: 0 varint, 1 eight bytes, 2 sized. */
  readonly wire: 0 | 1 | 2;
  /** For wire type 2, with the length. */
  readonly write: Write;
  readonly read: Read;
}

interface Cursor {
  readonly u8: Uint8Array;
  readonly view: DataView;
  at: number;
}

/**
 * Compiles the codec of a message type.
 *
 * @param name what the protobuf message is called; characters that protobuf does not take become `_`.
 * @example
 * const codec = compileCodec({ tensor: [2] }, "Vector2");
 * codec.decode(codec.encode(new Float64Array([1, -0]))); // Float64Array [1, -0]
 */
export function compileCodec(schema: MessageSchema, name: string): Codec {
  const bare = kindOf(schema) !== "object";
  const fields = bare ? [{ name: "value", schema, optional: false }] : fieldsOf(schema);
  const part = message(fields);
  const scratch = new ByteBuffer();
  const typeName = typeNameOf(name);
  let descriptor: Uint8Array | undefined;

  const tensor = tensorType(schema);
  const encodeInto: Write = tensor !== undefined ? bareTensor(tensor) : bare ? bareValue(part.write) : part.write;
  return {
    typeName,
    get descriptor() {
      descriptor ??= describeFile(typeName, fields);
      return descriptor;
    },
    encodeInto,
    encode(value) {
      scratch.reset();
      encodeInto(value, scratch);
      return scratch.bytes().slice();
    },
    decode(bytes) {
      const cursor: Cursor = { u8: bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at: 0 };
      try {
        const decoded = part.read(cursor, bytes.length);
        return bare ? (decoded as { readonly value: Message }).value : decoded;
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        const args = { type: typeName, reason: error.reason, offset: Math.min(cursor.at, bytes.length) };
        throw new LimbeckError([problem("L0309", args)]);
      }
    },
  };
}

/** Thrown while decoding, and turned into L0309 with the offset that the cursor reached. */
class Malformed {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

const bareValue = (write: Write): Write => {
  const wrapped = { value: 0 as Message };
  return (value, buffer) => {
    wrapped.value = value;
    write(wrapped, buffer);
  };
};

/** The commonest message of all, a lone tensor, without the detour through an object. */
function bareTensor(type: { readonly length: number; readonly dtype: keyof typeof ARRAYS }): Write {
  const part = tensorPart(type);
  return (value, buffer) => {
    writeByte(buffer, (1 << 3) | 2);
    part.write(value, buffer);
  };
}

/** The fields of one protobuf message, without the length before them. */
function message(fields: readonly Field[]): { readonly write: Write; readonly read: Read } {
  const parts = fields.map((field, i) => fieldPart(field, i + 1));
  const names = fields.map((field) => field.name);
  const count = parts.length;
  return {
    write(value, buffer) {
      const given = value as { readonly [field: string]: Message | undefined };
      for (let i = 0; i < count; i++) {
        const inner = given[names[i]!];
        if (inner !== undefined) parts[i]!.write(inner, buffer);
      }
    },
    read(cursor, end) {
      const decoded: { [field: string]: Message } = {};
      for (let i = 0; i < count; i++) {
        const empty = parts[i]!.empty();
        if (empty !== undefined) decoded[names[i]!] = empty;
      }
      while (cursor.at < end) {
        const key = readVarint(cursor, end);
        const i = Math.floor(key / 8) - 1;
        if (i >= 0 && i < count) decoded[names[i]!] = parts[i]!.read(cursor, end, key & 7, decoded[names[i]!]);
        else skip(cursor, end, key & 7);
      }
      for (let i = 0; i < count; i++) {
        if (decoded[names[i]!] === undefined && !fields[i]!.optional)
          throw new Malformed(`field ${names[i]} is missing`);
      }
      return decoded;
    },
  };
}

interface FieldPart {
  readonly write: Write;
  /** `before`: the elements so far, for repeated fields. */
  read(cursor: Cursor, end: number, wire: number, before: Message | undefined): Message;
  /** What the field is when nothing was written for it: an empty array. */
  empty(): Message | undefined;
}

function fieldPart(field: Field, number: number): FieldPart {
  if (kindOf(field.schema) === "array" && !field.optional) return repeated(field.schema, number);
  const part = valuePart(field.schema);
  const writeKey = keyWriter(number, part.wire);
  return {
    write(value, buffer) {
      writeKey(buffer);
      part.write(value, buffer);
    },
    read(cursor, end, wire) {
      expectWire(wire, part.wire);
      return readValue(part, cursor, end);
    },
    empty: () => undefined,
  };
}

function repeated(schema: MessageSchema, number: number): FieldPart {
  const item = valuePart(schema.items!);
  const packed = item.wire !== 2;
  const writeKey = keyWriter(number, 2);
  const itemSize = item.wire === 1 ? 8 : 1;
  return {
    write(value, buffer) {
      const items = value as readonly Message[];
      if (packed) {
        if (items.length === 0) return;
        writeKey(buffer);
        writeVarint(buffer, items.length * itemSize);
        for (let i = 0; i < items.length; i++) item.write(items[i]!, buffer);
        return;
      }
      for (let i = 0; i < items.length; i++) {
        writeKey(buffer);
        item.write(items[i]!, buffer);
      }
    },
    read(cursor, end, wire, before) {
      const items = before as Message[];
      if (packed && wire === 2) {
        const last = readEnd(cursor, end);
        while (cursor.at < last) items.push(item.read(cursor, last));
      } else {
        expectWire(wire, item.wire);
        items.push(readValue(item, cursor, end));
      }
      return items;
    },
    empty: () => [],
  };
}

function readValue(part: Part, cursor: Cursor, end: number): Message {
  const last = part.wire === 2 ? readEnd(cursor, end) : end;
  const value = part.read(cursor, last);
  if (part.wire === 2 && cursor.at !== last) throw new Malformed("a part ends before its length");
  return value;
}

function valuePart(schema: MessageSchema): Part {
  const kind = kindOf(schema);
  switch (kind) {
    case "tensor":
      return tensorPart(tensorType(schema)!);
    case "enum":
      return typeof schema.enum![0] === "string" ? stringPart : numberPart;
    case "number":
    case "integer":
      return numberPart;
    case "boolean":
      return booleanPart;
    case "string":
      return stringPart;
    case "array": {
      const inner = message([{ name: "value", schema, optional: false }]);
      const write = bareValue(inner.write);
      return {
        wire: 2,
        write: sized((value, buffer) => write(value, buffer)),
        read: (cursor, end) => (inner.read(cursor, end) as { readonly value: Message }).value,
      };
    }
    case "object": {
      const inner = message(fieldsOf(schema));
      return { wire: 2, write: sized(inner.write), read: inner.read };
    }
  }
}

const numberPart: Part = {
  wire: 1,
  write: (value, buffer) => writeFloat64(buffer, value as number),
  read(cursor, end) {
    need(cursor, end, 8);
    const value = cursor.view.getFloat64(cursor.at, true);
    cursor.at += 8;
    return value;
  },
};

const booleanPart: Part = {
  wire: 0,
  write: (value, buffer) => writeByte(buffer, value ? 1 : 0),
  read: (cursor, end) => readVarint(cursor, end) !== 0,
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const stringPart: Part = {
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

function tensorPart({ length, dtype }: { readonly length: number; readonly dtype: keyof typeof ARRAYS }): Part {
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
const ELEMENT: { readonly [D in keyof typeof ARRAYS]: ElementAccess } = {
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
function sized(write: Write): Write {
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

function keyWriter(number: number, wire: number): (buffer: ByteBuffer) => void {
  const key = number * 8 + wire;
  if (key < 0x80) return (buffer) => writeByte(buffer, key);
  return (buffer) => writeVarint(buffer, key);
}

function need(cursor: Cursor, end: number, n: number): void {
  if (cursor.at + n > end) throw new Malformed("the bytes end early");
}

function expectWire(found: number, expected: number): void {
  if (found !== expected) throw new Malformed(`wire type ${found} where ${expected} is expected`);
}

function readVarint(cursor: Cursor, end: number): number {
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
function readEnd(cursor: Cursor, end: number): number {
  const size = readVarint(cursor, end);
  need(cursor, end, size);
  return cursor.at + size;
}

function skip(cursor: Cursor, end: number, wire: number): void {
  if (wire === 0) {
    readVarint(cursor, end);
    return;
  }
  const size = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? readVarint(cursor, end) : undefined;
  if (size === undefined) throw new Malformed(`wire type ${wire} is unknown`);
  need(cursor, end, size);
  cursor.at += size;
}

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
