/** Every bit of a small file, closed and not closed: whatever is read is right, or somebody is told. */
import { expect, test } from "vitest";
import { LimbeckError } from "../../../src/problem/problem.js";
import { bytesSource } from "../../../src/record/mcap/file.js";
import { recoverRecording } from "../../../src/record/mcap/recover.js";
import { faultyFile } from "../../support/faulty-file.js";
import { give, read, spec, writerOn } from "./log.js";

async function files() {
  const file = faultyFile();
  const sizes: number[] = [];
  const write = async (pieces: readonly Uint8Array[]) => {
    sizes.push(file.bytes().length);
    return file.write(pieces);
  };
  const writer = writerOn({ ...file, write } as typeof file, { chunkBytes: 300 });
  writer.metadata("about", { who: "test" });
  give(writer, [writer.channel(spec("/a"))], 0, 15);
  await writer.close();
  return { closed: file.bytes(), open: file.bytes().subarray(0, sizes.at(-1)) };
}

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

test.each(["closed", "open"] as const)("of a file that is %s", async (how) => {
  const bytes = (await files())[how];
  const sound = await read(bytes);
  let [refused, cut] = [0, 0];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const found = await read(flipped(bytes, bit)).catch((error: unknown) => {
      if (!(error instanceof LimbeckError)) throw error;
      return error.problems[0]!.code;
    });
    if (typeof found === "string") {
      expect(["L0700", "L0701", "L0705", "L0707"], `bit ${bit}`).toContain(found);
      refused++;
    } else if (!found.whole && found.lost_bytes > 0) {
      expect(found.messages, `bit ${bit}`).toStrictEqual(sound.messages.slice(0, found.messages.length));
      cut++;
    } else expect(found, `bit ${bit}`).toStrictEqual(sound);
  }
  expect(refused).toBeGreaterThan(bytes.length * 6);
  expect(cut > 0).toBe(how === "open");
});

test.each(["closed", "open"] as const)(
  "recovery of a file that is %s keeps the rest, and no wrong message",
  async (how) => {
    const bytes = (await files())[how];
    const sound = await read(bytes);
    const known = new Map(sound.messages.map((message) => [message.sequence, message]));
    // one bit of each byte, another one in each
    for (let at = 0; at < bytes.length; at++) {
      const target = faultyFile();
      const source = bytesSource("f", flipped(bytes, at * 8 + (at % 8)));
      const result = await recoverRecording(source, async () => target);
      if (result.messages === 0 && !result.whole) continue;
      const { messages, whole } = await read(target.bytes());
      expect(whole).toBe(true);
      for (const message of messages) expect(message, `byte ${at}`).toStrictEqual(known.get(message.sequence));
      if (messages.length < 15) expect(result.whole, `byte ${at}`).toBe(false);
      expect(messages.length, `byte ${at}`).toBeGreaterThanOrEqual(15 - 6);
    }
  },
);
