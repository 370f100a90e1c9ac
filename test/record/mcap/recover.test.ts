import { crc32 } from "node:zlib";
import { McapIndexedReader, McapWriter } from "@mcap/core";
import { describe, expect, test } from "vitest";
import type { LimbeckError } from "../../../src/problem/problem.js";
import { bytesSource } from "../../../src/record/mcap/file.js";
import { RECOVERED, recoverRecording } from "../../../src/record/mcap/recover.js";
import { CRC_BYTES, SEAL_BYTES, writeSeal, writeSealCrc } from "../../../src/record/mcap/seal.js";
import { type Faults, type FaultyFile, faultyFile } from "../../support/faulty-file.js";
import { give, read, sequences, spec, upTo, writerOn } from "./log.js";

/** A log of `count` messages on two channels: its bytes, its frames, and its end. */
async function log(count: number) {
  const file = faultyFile();
  const ends: number[] = [];
  const write: FaultyFile["write"] = async (pieces) => {
    const taken = await file.write(pieces);
    ends.push(file.bytes().length);
    return taken;
  };
  const writer = writerOn({ ...file, write });
  writer.metadata("about", { who: "test" });
  give(writer, [writer.channel(spec("/a")), writer.channel(spec("/bb"))], 0, count);
  await writer.close();
  const bytes = file.bytes();
  const frames = ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
  return { bytes, frames: frames.slice(0, -1), end: frames.at(-1)!, open: bytes.subarray(0, ends.at(-2)) };
}

async function recover(bytes: Uint8Array, faults: Faults = {}) {
  const target = faultyFile(faults, "new.mcap");
  let made = false;
  const result = await recoverRecording(bytesSource("old.mcap", bytes), async () => {
    made = true;
    return target;
  });
  return { result, bytes: target.bytes(), made };
}

const indexed = async (bytes: Uint8Array): Promise<number[]> => {
  const read = async (at: bigint, size: bigint) => bytes.slice(Number(at), Number(at + size));
  const reader = await McapIndexedReader.Initialize({ readable: { size: async () => BigInt(bytes.length), read } });
  const found: number[] = [];
  for await (const { sequence } of reader.readMessages()) found.push(sequence);
  return found;
};
const joined = (...pieces: Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));

test("a whole recording is copied byte by byte", async () => {
  const { bytes } = await log(100);
  const { result, bytes: copy } = await recover(bytes);
  expect(result).toStrictEqual({
    whole: true,
    messages: 100,
    lost_messages: 0,
    lost_bytes: 0,
    gaps: [],
    bytes: bytes.length,
    problems: [],
  });
  expect(copy).toStrictEqual(bytes);
});

test("one that nobody closed becomes whole, and says that it was not", async () => {
  const { open } = await log(100);
  const { result, bytes } = await recover(open);
  expect(result).toMatchObject({ whole: false, messages: 100, lost_messages: 0, lost_bytes: 0, gaps: [] });
  expect(result.problems.map(({ code }) => code)).toStrictEqual(["L0703"]);
  const { whole, metadata } = await read(bytes);
  expect(whole).toBe(true);
  expect(metadata.map(({ name }) => name)).toStrictEqual(["about", "limbeck.acks", RECOVERED]);
  expect(metadata.at(-1)!.entries).toStrictEqual({ lost_messages: "0", lost_bytes: "0", gaps: "[]" });
  expect(await indexed(bytes)).toStrictEqual(upTo(100));
  expect((await recover(bytes)).bytes).toStrictEqual(bytes);
});

describe("a piece that does not hold is left out, and what it held is counted", () => {
  test.each([0, 1, 2, 3, 5, 8])("frame %i", async (n) => {
    const { frames, end, bytes } = await log(100);
    const all = await sequences(bytes);
    for (const closed of [true, false]) {
      const broken = frames.map((frame, i) => {
        const copy = frame.slice();
        if (i === n) copy[20]! ^= 0x10;
        return copy;
      });
      const { result, bytes: made } = await recover(joined(...broken, ...(closed ? [end] : [])));
      const found = await sequences(made);
      expect(result).toMatchObject({ whole: false, messages: found.length });
      expect(result.lost_messages).toBe(all.length - found.length);
      expect(result.gaps).toHaveLength(1);
      expect(result.gaps[0]!.end - result.gaps[0]!.start).toBe(frames[n]!.length);
      expect(result.lost_bytes).toBe(frames[n]!.length);
      expect(result.problems[0]).toMatchObject({ code: "L0739", severity: "warning" });
      expect(await indexed(made)).toStrictEqual(found);
    }
  });

  test("a frame that is missing, doubled or in another's place", async () => {
    const { frames } = await log(100);
    const without = joined(...frames.slice(0, 3), ...frames.slice(4));
    const twice = joined(...frames.slice(0, 4), ...frames.slice(3));
    const swapped = joined(...frames.slice(0, 3), frames[4]!, frames[3]!, ...frames.slice(5));
    for (const bytes of [without, twice, swapped]) {
      // behind the place where they part nothing stands where its seal says: that is no recording of anybody's
      const read_in = await read(bytes).catch((error: LimbeckError) => error.problems[0]!.code);
      if (typeof read_in === "string") expect(read_in).toBe("L0701");
      else expect(read_in).toMatchObject({ whole: false });
      const { result, bytes: made } = await recover(bytes);
      const found = await sequences(made);
      expect(found).toStrictEqual([...new Set(found)].sort((a, b) => a - b));
      expect(result.whole).toBe(false);
      expect(result.lost_bytes).toBeGreaterThan(500);
    }
  });

  test.each([1, 2, 3])(
    "the first %i chunks, and with them all declarations so far: later ones name the channels",
    async (n) => {
      const { bytes, frames, end } = await log(2000);
      expect(frames.length).toBeGreaterThan(100);
      const first = frames.findIndex((frame) => frame[0] === 6);
      const lost = frames.slice(first, first + n);
      const holes = lost.map((frame) => new Uint8Array(frame.length));
      const all = await sequences(bytes);
      for (const tail of [[], [end]]) {
        const broken = joined(...frames.slice(0, first), ...holes, ...frames.slice(first + n), ...tail);
        const { result, bytes: made } = await recover(broken);
        const found = await sequences(made);
        expect(found).toStrictEqual(all.slice(all.length - found.length));
        expect(result.lost_messages).toBe(2000 - found.length);
        expect(result.lost_messages).toBeLessThan(10 * n);
        expect(await indexed(made)).toStrictEqual(found);
      }
    },
  );

  test("all chunks that name the channels: the summary does, and without it nobody knows whose the rest is", async () => {
    const { frames, end } = await log(30);
    const chunks = frames.filter((frame) => frame[0] === 6);
    const broken = frames.map((frame) => (chunks.slice(0, 2).includes(frame) ? new Uint8Array(frame.length) : frame));
    const { result, bytes } = await recover(joined(...broken, end));
    const found = await sequences(bytes);
    expect(found.length).toBeGreaterThan(5);
    expect(found.at(-1)).toBe(29);
    expect(result.lost_messages).toBe(30 - found.length);
    expect((await recover(joined(...broken))).result).toMatchObject({ messages: 0, lost_messages: 30 });
  });

  test("a frame whose seal holds and that makes no sense: it is not looked at for ever", async () => {
    const { frames, end, open } = await log(100);
    const at = joined(...frames.slice(0, 4)).length;
    const nonsense = [
      // a record that belongs into the summary; a length beyond the file; fewer messages than before
      Uint8Array.of(8, 1, 0, 0, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(6, 255, 255, 255, 255, 255, 0, 0, 0, 0),
      Uint8Array.of(12, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ];
    for (const record of nonsense) {
      const seal = new Uint8Array(SEAL_BYTES);
      writeSeal(seal, at, 0);
      writeSealCrc(seal, crc32(joined(record, seal.subarray(0, -CRC_BYTES))));
      for (const rest of [[], frames.slice(4), [end]]) {
        const { result } = await recover(joined(open.subarray(0, at), record, seal, ...rest));
        expect(result.whole).toBe(false);
        expect(result.messages).toBeGreaterThan(5);
        expect(result.lost_bytes).toBeGreaterThanOrEqual(record.length + SEAL_BYTES);
      }
    }
  });
});

describe("nothing", () => {
  test("is left of a file without a whole frame: no new file is made", async () => {
    const { bytes } = await log(100);
    const { result, made } = await recover(bytes.subarray(0, 60));
    expect(result).toMatchObject({ whole: false, messages: 0, bytes: 0 });
    expect(made).toBe(false);
  });

  test.each([0, 3, 1000])("is found in %i bytes of something else", async (n) => {
    await expect(recover(new Uint8Array(n).fill(7))).rejects.toThrow("L0700");
  });
});

test("a target that cannot be written is told, whatever it had", async () => {
  const { bytes } = await log(100);
  for (const faults of [{ failAt: 0 }, { failAt: 2 }, { failSync: true }, { failClose: true }])
    await expect(recover(bytes, faults)).rejects.toThrow("L0702: new.mcap cannot be written");
  const source = bytesSource("old.mcap", bytes);
  const exists = () => Promise.reject(new Error("EEXIST: file already exists"));
  await expect(recoverRecording(source, exists)).rejects.toThrow(/L0702.*EEXIST/);
});

describe("files of other programs", () => {
  async function foreign(options: ConstructorParameters<typeof McapWriter>[0] extends infer O ? Partial<O> : never) {
    const pieces: Uint8Array[] = [];
    let position = 0n;
    const writable = {
      position: () => position,
      write: async (bytes: Uint8Array) => {
        pieces.push(bytes.slice());
        position += BigInt(bytes.length);
      },
    };
    const writer = new McapWriter({ writable, chunkSize: 400, ...options });
    await writer.start({ profile: "other", library: "other" });
    const schemaId = await writer.registerSchema({ name: "x", encoding: "jsonschema", data: new Uint8Array(9) });
    const channel = { topic: "/x", messageEncoding: "json", metadata: new Map([["k", "v"]]) };
    const channelId = await writer.registerChannel({ schemaId, ...channel });
    const loose = await writer.registerChannel({ schemaId: 0, ...channel, topic: "/y" });
    for (let i = 0; i < 50; i++)
      await writer.addMessage({
        channelId: i % 2 ? channelId : loose,
        sequence: i,
        logTime: BigInt(i),
        publishTime: 4n,
        data: new Uint8Array(20).fill(i),
      });
    await writer.addAttachment({
      logTime: 5n,
      createTime: 6n,
      name: "notes",
      mediaType: "text/plain",
      data: Uint8Array.of(1, 2, 3),
    });
    await writer.addMetadata({ name: "m", metadata: new Map([["a", "b"]]) });
    await writer.end();
    return joined(...pieces);
  }

  test.each([
    ["in chunks", {}],
    ["outside of chunks", { useChunks: false }],
    [
      "compressed",
      { compressChunk: (bytes: Uint8Array) => ({ compression: "not", compressedData: bytes.map((b) => ~b & 0xff) }) },
    ],
  ])("%s: become whole, with all that was in them", async (_, options) => {
    const bytes = await foreign(options);
    const decompress = { not: (packed: Uint8Array) => packed.map((b) => ~b & 0xff) };
    // all of it; without its footer; without half of its messages
    for (const size of [bytes.length, bytes.length - 10, Math.floor(bytes.length * 0.4)]) {
      const target = faultyFile();
      const source = bytesSource("f", bytes.subarray(0, size));
      const result = await recoverRecording(source, async () => target, { decompress });
      const whole = size > bytes.length / 2;
      expect(result.whole).toBe(whole);
      const again = await read(target.bytes());
      expect(again).toMatchObject({ whole: true, profile: "other" });
      const count = again.messages.length;
      expect(result.messages).toBe(count);
      if (whole) expect(count).toBe(50);
      expect(count).toBeGreaterThan(10);
      expect(again.messages.map(({ topic, sequence, data }) => [topic, sequence, data[0]])).toStrictEqual(
        upTo(count).map((i) => [i % 2 ? "/x" : "/y", i, i]),
      );
      expect(await indexed(target.bytes())).toStrictEqual(upTo(count));
      if (!whole) continue;
      expect(again.metadata).toStrictEqual([{ name: "m", entries: { a: "b" } }]);
      expect(Buffer.from(target.bytes()).includes("text/plain")).toBe(true);
    }
  });

  test("a chunk that does not hold is a gap", async () => {
    const bytes = await foreign({});
    const broken = bytes.slice();
    // in the data of a message of the second chunk
    broken[Buffer.from(bytes).indexOf(new Uint8Array(20).fill(12))]! ^= 1;
    const { result, bytes: made } = await recover(broken);
    expect(result.whole).toBe(false);
    expect(result.gaps.length).toBeGreaterThan(0);
    expect(result.messages).toBeLessThan(50);
    expect(result.messages + result.lost_messages).toBe(50);
    expect(await sequences(made)).toHaveLength(result.messages);
  });
});
