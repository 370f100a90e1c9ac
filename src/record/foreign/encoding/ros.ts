/** ROS messages by their definitions: ROS 1 as it lies on the wire, ROS 2 in CDR. */
import type { MessageDefinition, MessageDefinitionField } from "@foxglove/message-definition";
import rosmsg from "@foxglove/rosmsg";
import { MessageReader as Ros1Reader } from "@foxglove/rosmsg-serialization";
import { MessageReader as Ros2Reader } from "@foxglove/rosmsg2-serialization";
import { type ForeignType, MAX_DEPTH, numberOf, objectOf, UNKNOWN } from "../type.js";
import type { Decoder, Encoding } from "./encoding.js";

const text = new TextDecoder("utf-8", { fatal: true });

export const ros1: Encoding = {
  is: ({ messageEncoding, schema }) => messageEncoding === "ros1" && schema?.encoding === "ros1msg",
  open({ schema }) {
    const definitions = rosmsg.parse(text.decode(schema!.data));
    const reader = new Ros1Reader(definitions);
    return { type: typeOf(definitions), decode: (bytes) => reader.readMessage(bytes) };
  },
};

export const ros2: Encoding = {
  is: ({ messageEncoding, schema }) => messageEncoding === "cdr" && schema?.encoding === "ros2msg",
  open: ({ schema }) => openRos2(text.decode(schema!.data)),
};

/** A decoder of CDR for a definition with all that it contains, each part behind a line of `=` and `MSG: name`. */
export function openRos2(definition: string): Decoder {
  const definitions = rosmsg.parse(definition, { ros2: true });
  const reader = new Ros2Reader(definitions);
  return {
    type: typeOf(definitions),
    decode(bytes) {
      const value = reader.readMessage(bytes);
      // CDR pads a message to four bytes
      if (bytes.length - reader.lastReadByteLength() >= 4)
        throw new Error(
          `${bytes.length - reader.lastReadByteLength()} bytes are left behind it: the definition is of another version`,
        );
      return value;
    },
  };
}

const holdsData = ({ definitions }: MessageDefinition): boolean =>
  definitions.length === 0 || definitions.some((field) => field.isConstant !== true);

function typeOf(definitions: readonly MessageDefinition[]): ForeignType {
  const root = definitions.find(holdsData);
  const named = new Map(definitions.map((definition) => [definition.name ?? "", definition]));
  const of = (definition: MessageDefinition | undefined, depth: number): ForeignType => {
    if (definition === undefined || depth > MAX_DEPTH) return UNKNOWN;
    const fields = definition.definitions.filter((field) => field.isConstant !== true);
    return objectOf(fields.map((field) => [field.name, fieldOf(field, depth)]));
  };
  const fieldOf = (field: MessageDefinitionField, depth: number): ForeignType => {
    const one = field.isComplex === true ? of(named.get(field.type), depth + 1) : primitive(field.type);
    if (field.isArray !== true) return one;
    return { kind: "list", items: one, ...(field.arrayLength === undefined ? {} : { length: field.arrayLength }) };
  };
  return of(root, 0);
}

function primitive(type: string): ForeignType {
  switch (type) {
    case "bool":
      return { kind: "boolean" };
    case "string":
    case "wstring":
      return { kind: "string" };
    case "time":
    case "duration":
      return { kind: "time" };
    case "float64":
    case "float32":
    case "int64":
    case "uint64":
    case "int32":
    case "uint32":
    case "int16":
    case "uint16":
    case "int8":
    case "uint8":
      return numberOf(type);
    default:
      return UNKNOWN;
  }
}
