import { McapIndexedReader } from "@mcap/core";
import { describe, expect, test } from "vitest";
import type { Problem } from "../../../src/problem/problem.js";
import { ACKS, type Acks, COMMIT_MS, MAX_MESSAGE_BYTES } from "../../../src/record/mcap/writer.js";
import { faultyFile } from "../../support/faulty-file.js";
import { give, read, sequences, spec, upTo, writerOn } from "./log.js";

/** A clock that a test turns. */
function clock() {
  const due: (() => void)[] = [];
  const waits: number[] = [];
  return {
    waits,
    after: (ms: number, work: () => void) => {
      waits.push(ms);
      due.push(work);
      return () => void due.splice(due.indexOf(work), 1);
    },
    get waiting() {
      return due.length;
    },
    ring: () => due.shift()!(),
  };
}
const turn = () => new Promise(setImmediate);

describe("acknowledgements", () => {
  test("come in order, never go back, and meet at the end", async () => {
    const writer = writerOn(faultyFile());
    const seen: Acks[] = [];
    let done = false;
    writer.acks.subscribe({ next: (acks) => seen.push(acks), complete: () => (done = true) });
    expect(seen).toStrictEqual([{ accepted: 0, written: 0, durable: 0, dropped: 0 }]);
    give(writer, [writer.channel(spec("/a"))], 0, 100);
    await writer.flush();
    expect(seen.at(-1)).toStrictEqual({ accepted: 100, written: 100, durable: 0, dropped: 0 });
    await writer.sync();
    expect(seen.at(-1)).toStrictEqual({ accepted: 100, written: 100, durable: 100, dropped: 0 });
    give(writer, [0], 100, 120);
    expect(done).toBe(false);
    await writer.close();
    expect(done).toBe(true);
    expect(seen.at(-1)).toStrictEqual({ accepted: 120, written: 120, durable: 120, dropped: 0 });
    for (const [i, { accepted, written, durable }] of seen.entries()) {
      expect(accepted >= written && written >= durable).toBe(true);
      expect(i === 0 || (written >= seen[i - 1]!.written && durable >= seen[i - 1]!.durable)).toBe(true);
    }
  });

  test("stand in the file", async () => {
    const file = faultyFile();
    const writer = writerOn(file);
    give(writer, [writer.channel(spec("/a"))], 0, 30);
    await writer.close();
    const { metadata } = await read(file.bytes());
    expect(metadata.filter(({ name }) => name === ACKS)).toStrictEqual([
      { name: ACKS, entries: { accepted: "30", written: "30", durable: "30", dropped: "0", drops: "[]" } },
    ]);
  });

  test("what was written while a sync ran is durable with the next", async () => {
    let release = () => {};
    const file = faultyFile();
    const slow = { ...file, sync: () => new Promise<void>((resolve) => (release = resolve)) };
    const writer = writerOn(slow);
    const [a] = [writer.channel(spec("/a"))];
    give(writer, [a], 0, 10);
    const first = writer.sync();
    await turn();
    give(writer, [a], 10, 20);
    await writer.flush();
    release();
    await first;
    expect(writer.status()).toMatchObject({ written: 20, durable: 10 });
    const second = writer.sync();
    await turn();
    release();
    await second;
    expect(writer.status()).toMatchObject({ written: 20, durable: 20 });
  });
});

describe("group commit", () => {
  test("one wait for all that comes meanwhile: then it is written and durable", async () => {
    const { after, waits, ring } = clock();
    const file = faultyFile();
    const writer = writerOn(file, { commit: { after } });
    const a = writer.channel(spec("/a"));
    give(writer, [a], 0, 5);
    expect(waits).toStrictEqual([COMMIT_MS]);
    expect(COMMIT_MS).toBe(10);
    expect(writer.status()).toMatchObject({ accepted: 5, written: 0 });
    ring();
    await turn();
    expect(writer.status()).toMatchObject({ accepted: 5, written: 5, durable: 5 });
    expect(file.syncs).toBe(1);
    // a chunk that is full does not wait, and its sync comes with the others
    give(writer, [a], 5, 50);
    await turn();
    expect(writer.status()).toMatchObject({ durable: 5 });
    expect(writer.status().written).toBeGreaterThan(30);
    ring();
    await turn();
    expect(writer.status()).toMatchObject({ written: 50, durable: 50 });
    expect(waits).toHaveLength(2);
    expect(file.syncs).toBe(2);
    await writer.close();
    expect(await sequences(file.bytes())).toStrictEqual(upTo(50));
  });

  test("syncs that are asked for while one runs are one", async () => {
    const file = faultyFile();
    const writer = writerOn({ ...file, sync: () => turn().then(file.sync) });
    const a = writer.channel(spec("/a"));
    const all: Promise<void>[] = [];
    for (let i = 0; i < 20; i++) {
      give(writer, [a], i, i + 1);
      all.push(writer.sync());
    }
    await Promise.all(all);
    expect(writer.status()).toMatchObject({ written: 20, durable: 20 });
    expect(file.syncs).toBeLessThanOrEqual(2);
  });

  test("without a clock nothing waits for time, and bytes depend on messages alone", async () => {
    const made = async (wait: (writer: ReturnType<typeof writerOn>, i: number) => Promise<unknown> | undefined) => {
      const file = faultyFile({ atMost: 333 });
      const writer = writerOn(file);
      const a = writer.channel(spec("/a"));
      for (let i = 0; i < 200; i++) {
        give(writer, [a], i, i + 1);
        await wait(writer, i);
      }
      await writer.close();
      return file.bytes();
    };
    const plain = await made(() => undefined);
    expect(await made((writer) => writer.drained())).toStrictEqual(plain);
    expect(await made((_, i) => (i % 7 === 0 ? turn() : undefined))).toStrictEqual(plain);
  });
});

describe("at once, where the file can and no clock is to be kept", () => {
  test("a chunk is written as it ends, and the bytes are the same", async () => {
    const [beside, atOnce] = [faultyFile(), faultyFile({ atOnce: true, atMost: 333, interrupts: 2 })];
    for (const file of [beside, atOnce]) {
      const writer = writerOn(file);
      const a = writer.channel(spec("/a"));
      give(writer, [a], 0, 100);
      expect(writer.status().written).toBe(file === atOnce ? 93 : 0);
      await writer.close();
    }
    expect(atOnce.bytes()).toStrictEqual(beside.bytes());
  });

  test("not in a live run, which must not wait for the disk", async () => {
    const writer = writerOn(faultyFile({ atOnce: true }), { commit: { after: clock().after } });
    give(writer, [writer.channel(spec("/a"))], 0, 100);
    expect(writer.status().written).toBe(0);
    await writer.flush();
    expect(writer.status().written).toBe(100);
    await writer.close();
  });

  describe("but for what is large, where the caller waits", () => {
    /** Large, then small ones that fill a chunk, then large again, … */
    const mixed = async (writer: ReturnType<typeof writerOn>, count: number) => {
      const a = writer.channel(spec("/a"));
      for (let i = 0; i < count; i++) {
        const data = new Uint8Array(i % 4 === 0 ? 600 * 1024 : 400).fill(i);
        writer.message(a, i, BigInt(i), BigInt(i), data);
        if (writer.congested) await writer.drained();
      }
    };

    test("it is written while more is made, in order, and the bytes are the same", async () => {
      const [now, patient] = [faultyFile({ atOnce: true }), faultyFile({ atOnce: true, atMost: 100_000 })];
      const first = writerOn(now);
      await mixed(first, 13);
      expect(first.status().written).toBe(13);
      const second = writerOn(patient, { patient: true });
      await mixed(second, 13);
      expect(second.status().written).toBeLessThan(13);
      await Promise.all([first.close(), second.close()]);
      expect(patient.bytes()).toStrictEqual(now.bytes());
      expect(await sequences(patient.bytes())).toStrictEqual(upTo(13));
    });

    test("no more waits than a caller can wait for", async () => {
      const file = faultyFile({ atOnce: true });
      const writer = writerOn(file, { patient: true });
      await mixed(writer, 480);
      expect(await writer.close()).toMatchObject({ written: 480, dropped: 0 });
    });

    test.each([0, 1, 4, 9])("a disk that fails at write %i: what is counted as written is read", async (failAt) => {
      const file = faultyFile({ atOnce: true, failAt, partial: 40 });
      const writer = writerOn(file, { patient: true });
      await mixed(writer, 20);
      const status = await writer.close();
      expect(status).toMatchObject({ state: "failed", cause: "disk full" });
      expect(status.written + status.dropped).toBe(20);
      if (failAt > 0) expect(await sequences(file.bytes())).toStrictEqual(upTo(status.written));
    });
  });

  test.each([0, 1, 2, 5])("a disk that fails at write %i: what is counted as written is read", async (failAt) => {
    const failures: Problem[] = [];
    const file = faultyFile({ atOnce: true, failAt, partial: 40 });
    const writer = writerOn(file, { onFailure: (problem) => failures.push(problem) });
    give(writer, [writer.channel(spec("/a"))], 0, 100);
    const status = await writer.close();
    expect(failures.map(({ code }) => code)).toStrictEqual(["L0702"]);
    expect(status).toMatchObject({ state: "failed", cause: "disk full" });
    expect(status.written + status.dropped).toBe(100);
    if (failAt > 0) expect(await sequences(file.bytes())).toStrictEqual(upTo(status.written));
  });
});

test("what appends a message's data and throws leaves no trace", async () => {
  const file = faultyFile();
  const writer = writerOn(file);
  const a = writer.channel(spec("/a"));
  give(writer, [a], 0, 3);
  const broken = (buffer: { length: number }) => {
    buffer.length += 10;
    throw new TypeError("no number");
  };
  expect(() => writer.message(a, 3, 3n, 3n, broken)).toThrow("no number");
  give(writer, [a], 3, 5);
  expect(await writer.close()).toMatchObject({ accepted: 5, written: 5, dropped: 0 });
  expect(await sequences(file.bytes())).toStrictEqual(upTo(5));
});

describe("messages that are not in the file are counted, by channel and cause", () => {
  test.each(["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS"])("%s", async (code) => {
    const failures: Problem[] = [];
    const writer = writerOn(faultyFile({ failAt: 3, code }), { onFailure: (problem) => failures.push(problem) });
    const [a, b] = [writer.channel(spec("/a")), writer.channel(spec("/bb"))];
    give(writer, [a, a, b], 0, 60);
    await writer.flush();
    give(writer, [a, a, b], 60, 90);
    const status = await writer.close();
    const cause = ["EIO", "EROFS"].includes(code) ? "failed" : "disk full";
    expect(failures.map((problem) => problem.code)).toStrictEqual(["L0702"]);
    expect(status).toMatchObject({ state: "failed", cause, accepted: 60 });
    expect(status.written + status.dropped).toBe(90);
    expect(status.written).toBeGreaterThan(0);
    const [lostA, lostB] = status.drops;
    expect(status.drops.map(({ channel, cause: why }) => [channel, why])).toStrictEqual([
      [a, cause],
      [b, cause],
    ]);
    expect(lostA!.messages + lostB!.messages).toBe(status.dropped);
    expect(Math.abs(lostA!.messages - 2 * lostB!.messages)).toBeLessThan(3);
  });

  test("drops are told as they come, also once the disk has failed", async () => {
    const writer = writerOn(faultyFile({ failAt: 0, code: "EIO" }));
    const a = writer.channel(spec("/a"));
    give(writer, [a], 0, 10);
    await writer.flush();
    const told: number[] = [];
    writer.acks.subscribe(({ dropped }) => told.push(dropped));
    expect(told).toEqual([10]);
    give(writer, [a], 10, 13);
    await Promise.resolve();
    expect(told).toEqual([10, 13]);
    await writer.close();
  });

  test("a message that no reader could hold, and one after the close", async () => {
    const file = faultyFile();
    const writer = writerOn(file);
    const a = writer.channel(spec("/a"));
    give(writer, [a], 0, 3);
    // its length is looked at before its bytes
    writer.message(a, 3, 3n, 3n, { length: MAX_MESSAGE_BYTES + 1 } as Uint8Array);
    const status = await writer.close();
    expect(status).toMatchObject({ state: "closed", accepted: 3, written: 3, dropped: 1 });
    expect(status.drops).toStrictEqual([{ channel: a, cause: "too large", messages: 1 }]);
    give(writer, [a], 4, 5);
    expect(writer.status().drops.at(-1)).toStrictEqual({ channel: a, cause: "closed", messages: 1 });
    expect(await sequences(file.bytes())).toStrictEqual([0, 1, 2]);
  });
});

test("interrupted and short writes are no failure; one that is only interrupted is", async () => {
  const file = faultyFile({ interrupts: 3, atMost: 7 });
  const writer = writerOn(file);
  give(writer, [writer.channel(spec("/a"))], 0, 30);
  expect(await writer.close()).toMatchObject({ state: "closed", written: 30 });
  expect(await sequences(file.bytes())).toStrictEqual(upTo(30));
  const stuck = writerOn(faultyFile({ interrupts: Number.POSITIVE_INFINITY }));
  expect((await stuck.close()).failure?.message).toContain("EINTR");
});

test("channels are declared again, so that no lost chunk names the rest", async () => {
  const file = faultyFile();
  const writer = writerOn(file);
  const a = writer.channel(spec("/a"));
  give(writer, [a], 0, 1000);
  await writer.close();
  const text = Buffer.from(file.bytes()).toString("latin1");
  const times = text.split("about").length - 1;
  // each declaration is followed by 64 times its own size; the last one is the summary's
  expect(times).toBeGreaterThan(4);
  expect(times).toBeLessThan(20);
});

test("large messages have chunks of their own, in which they are right however many come", async () => {
  const file = faultyFile({ atMost: 1234 });
  const writer = writerOn(file);
  const channels = [writer.channel(spec("/a")), writer.channel(spec("/bb"))];
  const size = (i: number) => (i % 3 === 0 ? 30 : 599 + (i % 5));
  // one buffer that the caller uses again and again
  const data = new Uint8Array(700);
  for (let i = 0; i < 300; i++) {
    data.fill(i);
    writer.message(channels[i % 2]!, i, BigInt(i), BigInt(-i), data.subarray(0, size(i)));
    if (i % 50 === 0) await writer.flush();
  }
  expect(await writer.close()).toMatchObject({ state: "closed", written: 300, dropped: 0 });
  const { messages, whole } = await read(file.bytes());
  expect(whole).toBe(true);
  expect(messages).toStrictEqual(
    upTo(300).map((i) => ({ topic: ["/a", "/bb"][i % 2], sequence: i, data: new Uint8Array(size(i)).fill(i) })),
  );
  const readable = {
    size: async () => BigInt(file.bytes().length),
    read: async (at: bigint, length: bigint) => file.bytes().slice(Number(at), Number(at + length)),
  };
  const reader = await McapIndexedReader.Initialize({ readable });
  const found: [number, number][] = [];
  for await (const message of reader.readMessages({ topics: ["/bb"] }))
    found.push([message.sequence, message.data[0]!]);
  expect(found).toStrictEqual(
    upTo(300)
      .filter((i) => i % 2)
      .map((i) => [i, i & 255]),
  );
});
