/** The protobuf descriptor of a message type: what tells Foxglove and every other protobuf reader how to read it. */
import { ByteBuffer, writeBytes, writeUtf8, writeVarint } from "./bytes.js";
import { type Field, fieldsOf, kindOf } from "./kind.js";
import type { MessageSchema } from "./type.js";

/** Of `google.protobuf.FieldDescriptorProto` (descriptor.proto). */
const TYPE = { double: 1, fixed32: 7, bool: 8, string: 9, message: 11, bytes: 12 } as const;
const LABEL_OPTIONAL = 1;
const LABEL_REPEATED = 3;

/** The field of the tag's microstep in recorded messages, outside the range of a type's own fields. */
export const MICROSTEP_FIELD = 1000;

const PACKAGE = "limbeck";

/** `limbeck.` and the name, made an identifier. */
export function typeNameOf(name: string): string {
  const identifier = name.replace(/\W/g, "_");
  return `${PACKAGE}.${/^[A-Za-z]/.test(identifier) ? identifier : `T${identifier}`}`;
}

/** A serialised FileDescriptorSet with one file (proto3) and one top-level type. */
export function describeFile(typeName: string, fields: readonly Field[]): Uint8Array {
  const file = bytes((file) => {
    text(file, 1, `${typeName.replaceAll(".", "/")}.proto`);
    text(file, 2, PACKAGE);
    part(file, 4, messageType(typeName, fields, true));
    text(file, 12, "proto3");
  });
  return bytes((set) => part(set, 1, file));
}

/** A DescriptorProto; `full` is the type's name with its scope. */
function messageType(full: string, fields: readonly Field[], envelope = false): Uint8Array {
  const taken = new Set(fields.map((field) => field.name));
  const unique = (name: string): string => {
    let free = name;
    while (taken.has(free)) free += "_";
    taken.add(free);
    return free;
  };
  const nested: Uint8Array[] = [];
  const oneofs: string[] = [];
  const declared = fields.map((field, i) => {
    const repeated = kindOf(field.schema) === "array" && !field.optional;
    const inner = nestedFields(repeated ? field.schema.items! : field.schema);
    let typeName: string | undefined;
    if (inner !== undefined) {
      const name = unique(field.name[0]!.toUpperCase() + field.name.slice(1));
      typeName = `.${full}.${name}`;
      nested.push(messageType(`${full}.${name}`, inner));
    }
    // proto3 marks the presence of a scalar by a oneof of its own
    const oneof = field.optional && inner === undefined ? oneofs.push(unique(`_${field.name}`)) - 1 : undefined;
    const type = inner === undefined ? scalarType(repeated ? field.schema.items! : field.schema) : TYPE.message;
    return fieldType(field.name, i + 1, type, repeated, typeName, oneof);
  });
  return bytes((out) => {
    text(out, 1, full.slice(full.lastIndexOf(".") + 1));
    for (const field of declared) part(out, 2, field);
    if (envelope) part(out, 2, fieldType(unique("microstep"), MICROSTEP_FIELD, TYPE.fixed32, false));
    for (const type of nested) part(out, 3, type);
    for (const name of oneofs)
      part(
        out,
        8,
        bytes((oneof) => text(oneof, 1, name)),
      );
  });
}

/** A FieldDescriptorProto. */
function fieldType(
  name: string,
  number: number,
  type: number,
  repeated: boolean,
  typeName?: string,
  oneof?: number,
): Uint8Array {
  return bytes((out) => {
    text(out, 1, name);
    count(out, 3, number);
    count(out, 4, repeated ? LABEL_REPEATED : LABEL_OPTIONAL);
    count(out, 5, type);
    if (typeName !== undefined) text(out, 6, typeName);
    if (oneof !== undefined) {
      count(out, 9, oneof);
      count(out, 17, 1);
    }
  });
}

/** The fields of the message that a value needs: an object's own, or the one of an array that cannot be repeated here. */
function nestedFields(schema: MessageSchema): readonly Field[] | undefined {
  const kind = kindOf(schema);
  if (kind === "object") return fieldsOf(schema);
  if (kind === "array") return [{ name: "value", schema, optional: false }];
  return undefined;
}

function scalarType(schema: MessageSchema): number {
  switch (kindOf(schema)) {
    case "tensor":
      return TYPE.bytes;
    case "boolean":
      return TYPE.bool;
    case "string":
      return TYPE.string;
    case "enum":
      return typeof schema.enum![0] === "string" ? TYPE.string : TYPE.double;
    default:
      return TYPE.double;
  }
}

function bytes(write: (out: ByteBuffer) => void): Uint8Array {
  const out = new ByteBuffer();
  write(out);
  return out.bytes().slice();
}

function part(out: ByteBuffer, field: number, content: Uint8Array): void {
  writeVarint(out, field * 8 + 2);
  writeVarint(out, content.length);
  writeBytes(out, content);
}

const text = (out: ByteBuffer, field: number, value: string): void =>
  part(
    out,
    field,
    bytes((inner) => writeUtf8(inner, value)),
  );

function count(out: ByteBuffer, field: number, value: number): void {
  writeVarint(out, field * 8);
  writeVarint(out, value);
}
