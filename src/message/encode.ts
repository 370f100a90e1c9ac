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
import { ByteBuffer, writeByte, writeVarint } from "./bytes.js";
import { describeFile, typeNameOf } from "./descriptor.js";
import { type Field, fieldsOf, kindOf } from "./kind.js";
import { tensorType } from "./tensor.js";
import type { Dtype, Message, MessageSchema } from "./type.js";
import {
  booleanPart,
  type Cursor,
  expectWire,
  keyWriter,
  Malformed,
  numberPart,
  type Part,
  type Read,
  readEnd,
  readVarint,
  sized,
  skip,
  stringPart,
  tensorPart,
  type Write,
} from "./wire.js";

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

const bareValue = (write: Write): Write => {
  const wrapped = { value: 0 as Message };
  return (value, buffer) => {
    wrapped.value = value;
    write(wrapped, buffer);
  };
};

/** The commonest message of all, a lone tensor, without the detour through an object. */
function bareTensor(type: { readonly length: number; readonly dtype: Dtype }): Write {
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
