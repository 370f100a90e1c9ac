import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { joinCrc } from "../../../src/record/mcap/crc.js";

test("joined checksums are those of the joined bytes", () => {
  const bytes = fc.uint8Array({ maxLength: 3000 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(joinCrc(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
  );
});

test("of runs longer than 32 bits count, too", () => {
  const zeros = new Uint8Array(2 ** 20);
  const rest = crc32(Uint8Array.of(1));
  let crc = rest;
  let all = 0;
  for (let i = 0; i < 4100; i++) {
    crc = joinCrc(crc, 0, 0);
    all = crc32(zeros, all);
  }
  expect(crc).toBe(rest);
  expect(joinCrc(rest, all, 4100 * zeros.length)).toBe(joinCrc(joinCrc(rest, all, 4100 * zeros.length), 0, 0));
  let step = rest;
  const one = crc32(zeros);
  for (let i = 0; i < 4100; i++) step = joinCrc(step, one, zeros.length);
  expect(joinCrc(rest, all, 4100 * zeros.length)).toBe(step);
});
