/** Reads and writes a protobuf message by its field table, as a plain object. */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { fail } from "../../problem/problem.js";
import type { FieldType, Message } from "./fields.js";

/** Messages inside messages; a graph in an attribute of a node of a graph costs three levels. */
export const MAX_DEPTH = 64;

export type Wire = string | number | bigint | Uint8Array | WireMessage;
export interface WireMessage {
  readonly [field: string]: Wire | readonly Wire[];
}

type Scalar = Exclude<FieldType, Message>;
type Single = "int64" | "int32" | "uint64" | "float" | "double" | "string" | "bytes";

const single = (type: Scalar): Single => type.replace("[]", "") as Single;

const wireTypes: { readonly [S in Single]: WireType } = {
  int64: WireType.Varint,
  int32: WireType.Varint,
  uint64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

/** Tables by field number, made once per message. */
const tables = new Map<string, Map<number, readonly [name: string, type: FieldType]>>();
function tableOf(message: Message) {
  let table = tables.get(message.name);
  if (table === undefined) {
    table = new Map(Object.entries(message.fields()).map(([name, [number, type]]) => [number, [name, type] as const]));
    tables.set(message.name, table);
  }
  return table;
}

const readers: { readonly [S in Single]: (r: BinaryReader) => Wire } = {
  int64: (r) => BigInt(r.int64()),
  int32: (r) => r.int32(),
  uint64: (r) => BigInt(r.uint64()),
  float: (r) => r.float(),
  double: (r) => r.double(),
  string: (r) => r.string(true),
  bytes: (r) => r.bytes(),
};

/** Reads a message. Errors: RangeError and the like where the bytes are not one; L0804 when nested too deeply. */
export function read(bytes: Uint8Array, message: Message, depth = 0): WireMessage {
  if (depth > MAX_DEPTH) fail("L0804", { what: "messages inside messages to a depth", value: depth, limit: MAX_DEPTH });
  const table = tableOf(message);
  const reader = new BinaryReader(bytes);
  const out: { [field: string]: Wire | Wire[] } = {};
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = table.get(number);
    if (field === undefined) {
      reader.skip(wireType, number);
      continue;
    }
    const [name, type] = field;
    const wrong = (): never => {
      throw new RangeError(`field ${message.name}.${name} has wire type ${wireType}`);
    };
    if (typeof type === "object") {
      if (wireType !== WireType.LengthDelimited) wrong();
      const value = read(reader.bytes(), type, depth + 1);
      if (type.many) ((out[name] ??= []) as Wire[]).push(value);
      else out[name] = value;
      continue;
    }
    const kind = single(type);
    if (kind === type) {
      if (wireType !== wireTypes[kind]) wrong();
      out[name] = readers[kind](reader);
      continue;
    }
    const list = (out[name] ??= []) as Wire[];
    if (wireType === wireTypes[kind]) list.push(readers[kind](reader));
    else if (wireType === WireType.LengthDelimited) {
      const end = reader.uint32() + reader.pos;
      if (end > reader.len) wrong();
      while (reader.pos < end) list.push(readers[kind](reader));
      if (reader.pos !== end) wrong();
    } else wrong();
  }
  return out;
}

const writers: { readonly [S in Single]: (w: BinaryWriter, v: never) => void } = {
  int64: (w, v: bigint) => w.int64(v),
  int32: (w, v: number) => w.int32(v),
  uint64: (w, v: bigint) => w.uint64(v),
  float: (w, v: number) => w.float(v),
  double: (w, v: number) => w.double(v),
  string: (w, v: string) => w.string(v),
  bytes: (w, v: Uint8Array) => w.bytes(v),
};

/** Writes a message: fields in the order of the table, absent ones left out. The same object gives the same bytes. */
export function write(value: WireMessage, message: Message, writer = new BinaryWriter()): BinaryWriter {
  for (const [name, [number, type]] of Object.entries(message.fields())) {
    const given = value[name];
    if (given === undefined) continue;
    if (typeof type === "object") {
      for (const one of (type.many ? given : [given]) as WireMessage[])
        write(one, type, writer.tag(number, WireType.LengthDelimited).fork()).join();
      continue;
    }
    const kind = single(type);
    const put = writers[kind] as (w: BinaryWriter, v: Wire) => void;
    const list = (kind === type ? [given] : given) as Wire[];
    if (kind !== type && wireTypes[kind] !== WireType.LengthDelimited) {
      if (list.length === 0) continue;
      writer.tag(number, WireType.LengthDelimited).fork();
      for (const v of list) put(writer, v);
      writer.join();
    } else for (const v of list) put(writer.tag(number, wireTypes[kind]), v);
  }
  return writer;
}
