import { BinaryReader } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteBuffer, varintSize, writeUtf8, writeVarint } from "../../src/message/bytes.js";

test("varints are those of an independent reader, in as many bytes as said", () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(300), fc.nat(0xffffffff), fc.maxSafeNat()), (value) => {
      const buffer = new ByteBuffer(1);
      writeVarint(buffer, value);
      expect(BigInt(new BinaryReader(buffer.bytes()).uint64())).toBe(BigInt(value));
      expect(buffer.length).toBe(varintSize(value));
    }),
  );
});

test("a buffer keeps its bytes while it grows, and starts again after a reset", () => {
  const buffer = new ByteBuffer(1);
  for (const text of ["a", "é", "x".repeat(1000)]) writeUtf8(buffer, text);
  expect(new TextDecoder().decode(buffer.bytes())).toBe(`aé${"x".repeat(1000)}`);
  buffer.reset();
  writeUtf8(buffer, "again");
  expect(new TextDecoder().decode(buffer.bytes())).toBe("again");
});
