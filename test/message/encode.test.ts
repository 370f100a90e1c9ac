import { createFileRegistry, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { type ReflectList, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../../src/message/builtin.js";
import { ByteBuffer } from "../../src/message/bytes.js";
import { compileCodec } from "../../src/message/encode.js";
import { fieldsOf, kindOf } from "../../src/message/kind.js";
import { readMicrostep, writeMicrostep } from "../../src/message/microstep.js";
import { messageSchema } from "../../src/message/normalise.js";
import { ARRAYS, tensorType } from "../../src/message/tensor.js";
import type { Message, MessageSchema } from "../../src/message/type.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { typed } from "./arbitrary.js";

/** What an independent protobuf library makes of the bytes, given nothing but the descriptor. */
function foreign(schema: MessageSchema, descriptor: Uint8Array, typeName: string, bytes: Uint8Array): Message {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptor));
  const desc = registry.getMessage(typeName) as DescMessage;
  const root = reflect(desc, fromBinary(desc, bytes));
  return kindOf(schema) === "object" ? object(schema, root) : fieldValue(schema, root, "value");
}

function object(schema: MessageSchema, from: ReflectMessage): Message {
  const message: { [field: string]: Message } = {};
  for (const { name, schema: type, optional } of fieldsOf(schema)) {
    const field = from.desc.fields.find((f) => f.name === name)!;
    if (optional && !from.isSet(field)) continue;
    message[name] =
      optional && kindOf(type) === "array"
        ? fieldValue(type, from.get(field) as ReflectMessage, "value")
        : fieldValue(type, from, name);
  }
  return message;
}

function fieldValue(schema: MessageSchema, from: ReflectMessage, name: string): Message {
  const value = from.get(from.desc.fields.find((f) => f.name === name)!);
  return kindOf(schema) === "array"
    ? [...(value as ReflectList)].map((item) =>
        kindOf(schema.items!) === "array"
          ? fieldValue(schema.items!, item as ReflectMessage, "value")
          : single(schema.items!, item),
      )
    : single(schema, value);
}

function single(schema: MessageSchema, value: unknown): Message {
  if (kindOf(schema) === "object") return object(schema, value as ReflectMessage);
  const tensor = tensorType(schema);
  if (tensor === undefined) return value as Message;
  return new ARRAYS[tensor.dtype]((value as Uint8Array).slice().buffer as never);
}

const quiet = (bits: Uint8Array, i: number, width: number): boolean =>
  (bits[(i + 1) * width - 2]! & (width === 8 ? 0x08 : 0x40)) !== 0;

describe("encode", () => {
  test("decode is its inverse, bit for bit", () => {
    fc.assert(
      fc.property(typed({ nonFinite: true }), ([schema, message]) => {
        const codec = compileCodec(schema, "T");
        expect(codec.decode(codec.encode(message))).toStrictEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  test("an independent reader finds the same message from the descriptor", () => {
    fc.assert(
      fc.property(typed({ nonFinite: true }), ([schema, message]) => {
        const codec = compileCodec(schema, "T");
        expect(foreign(schema, codec.descriptor, codec.typeName, codec.encode(message))).toStrictEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  test("the descriptor tells an optional scalar from one that is zero", () => {
    const schema = messageSchema(
      { type: "object", properties: { a: "number", b: "number" }, required: ["b"] },
      () => undefined,
    );
    const { descriptor, typeName } = compileCodec(schema, "T");
    const { fields } = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptor)).getMessage(typeName)!;
    expect(fields.map((f) => [f.name, f.number, f.proto.proto3Optional])).toStrictEqual([
      ["a", 1, true],
      ["b", 2, false],
      ["microstep", 1000, false],
    ]);
  });

  test("a joint state has these bytes", () => {
    const codec = compileCodec(builtinTypes.JointState2!, "JointState2");
    const bytes = codec.encode({ position: new Float64Array([1, -0]), velocity: new Float64Array([Number.NaN, 2]) });
    expect(Buffer.from(bytes).toString("hex")).toBe(
      "0a10000000000000f03f0000000000000080" + "1210000000000000f87f0000000000000040",
    );
  });

  test("a NaN keeps its payload in a tensor", () => {
    const value = new Float64Array(new BigUint64Array([0x7ff8dead0000beefn]).buffer);
    const codec = compileCodec({ tensor: [1] }, "One");
    const back = codec.decode(codec.encode(value)) as Float64Array;
    expect(new BigUint64Array(back.buffer)[0]).toBe(0x7ff8dead0000beefn);
  });

  test("whatever the bits of a tensor are, quiet NaNs of every payload among them, they are the same after", () => {
    const floats = fc.constantFrom("float64" as const, "float32" as const);
    const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 * 50 });
    fc.assert(
      fc.property(floats, bytes, fc.boolean(), (dtype, noise, nan) => {
        const width = ARRAYS[dtype].BYTES_PER_ELEMENT;
        const bits = noise.slice(0, noise.length - (noise.length % width));
        // all ones in the exponent, and the bit that says a NaN is quiet
        if (nan)
          for (let end = width; end <= bits.length; end += width) {
            bits[end - 1]! |= 0x7f;
            bits[end - 2]! |= dtype === "float64" ? 0xf8 : 0xc0;
          }
        const value = new ARRAYS[dtype](bits.length / width);
        new Uint8Array(value.buffer).set(bits);
        if (value.some((x, i) => Number.isNaN(x) && !quiet(bits, i, width))) return;
        const codec = compileCodec({ tensor: [value.length], dtype }, "T");
        const back = codec.decode(codec.encode(value)) as Float64Array;
        expect(Buffer.from(back.buffer).toString("hex")).toBe(Buffer.from(bits).toString("hex"));
      }),
      { numRuns: 500 },
    );
  });

  test("the order of fields as written does not matter", () => {
    const a = compileCodec(
      messageSchema({ x: "number", a: "boolean" }, () => undefined),
      "T",
    );
    const b = compileCodec(
      messageSchema({ a: "boolean", x: "number" }, () => undefined),
      "T",
    );
    expect(a.encode({ x: 1, a: true })).toStrictEqual(b.encode({ a: true, x: 1 }));
    expect(a.descriptor).toStrictEqual(b.descriptor);
  });

  test("long parts inside parts keep their lengths while the buffer grows", () => {
    const inner = { type: "array", items: "string" } as const;
    const codec = compileCodec(
      messageSchema({ a: { b: { c: inner } } }, () => undefined),
      "T",
    );
    for (const n of [0, 1, 126, 127, 128, 16383, 16384, 100000]) {
      const message = { a: { b: { c: ["x".repeat(n), "é"] } } };
      const buffer = new ByteBuffer(1);
      codec.encodeInto(message, buffer);
      expect(codec.decode(buffer.bytes())).toStrictEqual(message);
    }
  });

  test("the microstep rides behind the message and is invisible to its reader", () => {
    fc.assert(
      fc.property(typed({ nonFinite: true }), fc.nat(0xffffffff), ([schema, message], microstep) => {
        const codec = compileCodec(schema, "T");
        const buffer = new ByteBuffer();
        codec.encodeInto(message, buffer);
        writeMicrostep(buffer, microstep);
        expect(readMicrostep(buffer.bytes())).toBe(microstep);
        expect(codec.decode(buffer.bytes())).toStrictEqual(message);
      }),
    );
  });

  test("cut or foreign bytes are refused or decode, and never do anything else", () => {
    fc.assert(
      fc.property(typed(), fc.uint8Array({ maxLength: 40 }), fc.nat(), ([schema, message], noise, cut) => {
        const codec = compileCodec(schema, "T");
        const bytes = codec.encode(message);
        for (const damaged of [noise, bytes.subarray(0, cut % (bytes.length + 1)), Uint8Array.of(...bytes, ...noise)]) {
          try {
            codec.decode(damaged);
          } catch (error) {
            expect((error as LimbeckError).problems[0]!.code).toBe("L0309");
          }
        }
      }),
    );
  });

  test("the refusal says where the bytes stop making sense", () => {
    const codec = compileCodec(builtinTypes.Vector2!, "Vector2");
    expect(() => codec.decode(codec.encode(new Float64Array(2)).subarray(0, 9))).toThrow(
      "L0309: byte 2 is not part of a limbeck.Vector2: the bytes end early",
    );
  });
});
