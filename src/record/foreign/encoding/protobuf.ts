/** Protobuf messages by the descriptors in the file: plain objects under the fields' own names, enums by name. */
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  isFieldSet,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type ForeignType, MAX_DEPTH, numberOf, objectOf, UNKNOWN } from "../type.js";
import type { Encoding } from "./encoding.js";

export const protobuf: Encoding = {
  is: ({ messageEncoding, schema }) => messageEncoding === "protobuf" && schema?.encoding === "protobuf",
  open({ schema }) {
    const { name, data } = schema!;
    const desc = createFileRegistry(fromBinary(FileDescriptorSetSchema, data)).getMessage(name);
    if (desc === undefined) throw new Error(`it does not describe \`${name}\``);
    const plain = plainOf(desc, new Map());
    return { type: messageType(desc, 0), decode: (bytes) => plain(fromBinary(desc, bytes)) };
  },
};

const TIMES: readonly string[] = ["google.protobuf.Timestamp", "google.protobuf.Duration"];

function messageType(desc: DescMessage, depth: number): ForeignType {
  if (TIMES.includes(desc.typeName)) return { kind: "time" };
  if (depth > MAX_DEPTH) return UNKNOWN;
  return objectOf(desc.fields.map((field) => [field.name, fieldType(field, depth)]));
}

function fieldType(field: DescField, depth: number): ForeignType {
  const one = (scalar: ScalarType | undefined, message: DescMessage | undefined): ForeignType =>
    message !== undefined
      ? messageType(message, depth + 1)
      : scalar !== undefined
        ? scalarType(scalar)
        : { kind: "string" };
  switch (field.fieldKind) {
    case "scalar":
      return scalarType(field.scalar);
    case "enum":
      return { kind: "string" };
    case "message":
      return messageType(field.message, depth + 1);
    case "list":
      return { kind: "list", items: one(field.scalar, field.message) };
    case "map":
      return UNKNOWN;
  }
}

function scalarType(scalar: ScalarType): ForeignType {
  switch (scalar) {
    case ScalarType.DOUBLE:
      return numberOf("float64");
    case ScalarType.FLOAT:
      return numberOf("float32");
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return numberOf("int64");
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return numberOf("uint64");
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return numberOf("uint32");
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return numberOf("int32");
    case ScalarType.BOOL:
      return { kind: "boolean" };
    case ScalarType.STRING:
      return { kind: "string" };
    case ScalarType.BYTES:
      return { kind: "list", items: numberOf("uint8") };
  }
}

type Plain = (message: Message) => unknown;

/** Compiled once a message type; a type that contains itself finds its own in `made`. */
function plainOf(desc: DescMessage, made: Map<DescMessage, Plain>): Plain {
  const before = made.get(desc);
  if (before !== undefined) return before;
  let readers: readonly (readonly [DescField, (value: unknown) => unknown])[] = [];
  const plain: Plain = (message) => {
    const object: { [name: string]: unknown } = {};
    for (const [field, read] of readers) {
      if (field.oneof !== undefined) {
        const chosen = (message as unknown as { [name: string]: { case?: string; value?: unknown } })[
          field.oneof.localName
        ]!;
        if (chosen.case === field.localName) object[field.name] = read(chosen.value);
      } else if (field.presence === 2 || isFieldSet(message, field))
        object[field.name] = read((message as unknown as { [name: string]: unknown })[field.localName]);
    }
    return object;
  };
  made.set(desc, plain);
  readers = desc.fields.map((field) => [field, readerOf(field, made)] as const);
  return plain;
}

const same = (value: unknown): unknown => value;

function readerOf(field: DescField, made: Map<DescMessage, Plain>): (value: unknown) => unknown {
  const nameOf = (value: unknown) => field.enum?.values.find((v) => v.number === value)?.name ?? String(value);
  const message = field.message === undefined ? undefined : plainOf(field.message, made);
  const one = message !== undefined ? (value: unknown) => message(value as Message) : field.enum ? nameOf : same;
  switch (field.fieldKind) {
    case "list":
      return one === same ? same : (value) => (value as readonly unknown[]).map(one);
    case "map":
      return (value) => Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, one(inner)]));
    default:
      return one;
  }
}
