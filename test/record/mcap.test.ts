import { createFileRegistry, fromBinary, type Message as ProtobufMessage } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { McapIndexedReader, McapStreamReader, type McapTypes } from "@mcap/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../../src/message/builtin.js";
import type { Message } from "../../src/message/type.js";
import type { Problem } from "../../src/problem/problem.js";
import type { RecordedPort, RecordingHeader } from "../../src/record/layout.js";
import { type ByteSource, bytesSource } from "../../src/record/mcap/file.js";
import type { WriterOptions } from "../../src/record/mcap/writer.js";
import { type RecordedMessage, readMessages, scanRecording } from "../../src/record/reader.js";
import { mcapLog } from "../../src/record/sink.js";
import { typed } from "../message/arbitrary.js";
import { type Faults, faultyFile } from "../support/faulty-file.js";

const HEADER: RecordingHeader = { name: "reach", mode: "messages", graph: "arm", digest: "abc", seed: 7 };
const PORTS: readonly RecordedPort[] = [
  { port: "joints", role: "input", schema: builtinTypes.JointState2! },
  { port: "controller.torque", role: "output", schema: builtinTypes.Vector2! },
];

const messageAt = (i: number): RecordedMessage => ({
  port: PORTS[i % 2]!.port,
  sequence: i,
  tag_ns: 10_000_000 * i,
  microstep: i % 3,
  stamp_ns: 10_000_000 * i - 2_000_000,
  message:
    i % 2 === 0
      ? { position: new Float64Array([i, -0]), velocity: new Float64Array([Number.NaN, 1 / 3]) }
      : new Float64Array([i, -i]),
  episode: 0,
});

const list = (n: number) => Array.from({ length: n }, (_, i) => messageAt(i));

/** Records `count` messages on a file with these faults, one chunk every 10 messages. */
async function record(count: number, faults: Faults = {}, options: Partial<WriterOptions> = {}) {
  const file = faultyFile(faults);
  const sink = mcapLog(file, { chunkBytes: 900, ...options });
  sink.open({ ...HEADER, ...(count % 2 ? { origin_ns: 1_700_000_000_000_000_123n } : {}) }, PORTS);
  for (const m of list(count)) {
    const port = PORTS.findIndex((p) => p.port === m.port);
    sink.message(port, m.sequence, m.tag_ns, m.microstep, m.stamp_ns, m.message);
  }
  const result = await sink.close({ rows: 0, incomplete: { "no target": 2 } });
  return { file, result };
}

async function read(source: ByteSource): Promise<RecordedMessage[]> {
  const messages: RecordedMessage[] = [];
  for await (const message of readMessages(source)) messages.push(message);
  return messages;
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "fine";
  } catch (error) {
    const { problems } = error as { problems?: readonly Problem[] };
    if (problems === undefined) throw error;
    return problems[0]!.code;
  }
};

describe("what was written is read", () => {
  test.each([0, 1, 2, 50, 51])("%i messages, whole", async (n) => {
    const { file, result } = await record(n);
    expect(result).toMatchObject({ written: n, dropped: 0, drops: {}, bytes: file.bytes().length });
    const source = bytesSource("reach.mcap", file.bytes());
    expect(await read(source)).toStrictEqual(list(n));
    const scan = await scanRecording(source);
    expect(scan).toMatchObject({
      whole: true,
      lost_bytes: 0,
      library: "limbeck",
      kept: { rows: 0, incomplete: { "no target": 2 } },
    });
    expect(scan.header).toStrictEqual({ ...HEADER, origin_ns: n % 2 ? 1_700_000_000_000_000_123n : 0n });
    expect(scan.channels.map(({ port, role, schema }) => ({ port, role, schema }))).toStrictEqual(PORTS);
  });

  test("any message of any type", async () => {
    await fc.assert(
      fc.asyncProperty(typed({ nonFinite: true }), fc.nat(0xffffffff), async ([schema, message], microstep) => {
        const file = faultyFile();
        const sink = mcapLog(file);
        sink.open(HEADER, [{ port: "p", role: "stream", schema }]);
        sink.message(0, 3, 5, microstep, 4, message);
        await sink.close({ rows: 0, incomplete: {} });
        expect(await read(bytesSource("f", file.bytes()))).toStrictEqual([
          { port: "p", sequence: 3, tag_ns: 5, microstep, stamp_ns: 4, message, episode: 0 },
        ]);
      }),
      { numRuns: 50 },
    );
  });

  test("the same messages give the same bytes, however the disk takes them", async () => {
    const { file } = await record(51);
    for (const atMost of [1, 7, 1000]) expect((await record(51, { atMost })).file.bytes()).toStrictEqual(file.bytes());
  });
});

describe("the package's own readers agree", () => {
  /** What the stock readers give: topic, times, sequence, and the bytes by the file's own descriptor. */
  function foreign(message: McapTypes.Message, channel: McapTypes.Channel, schema: McapTypes.Schema) {
    const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema.data));
    const decoded = fromBinary(registry.getMessage(schema.name)!, message.data) as ProtobufMessage & {
      microstep: number;
      value?: Uint8Array;
      position?: Uint8Array;
    };
    const tensor = (decoded.value ?? decoded.position)!.slice();
    return {
      port: channel.topic,
      sequence: message.sequence,
      tag_ns: Number(message.logTime),
      stamp_ns: Number(BigInt.asIntN(64, message.publishTime)),
      microstep: decoded.microstep,
      first: new Float64Array(tensor.buffer)[0],
    };
  }
  const expected = (n: number) =>
    list(n).map(({ message, port, episode: _, ...rest }) => ({
      port: `/${port}`,
      ...rest,
      first: (message instanceof Float64Array ? message : (message as { position: Float64Array }).position)[0],
    }));

  test("the indexed reader", async () => {
    const { file } = await record(50);
    const bytes = file.bytes();
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: async () => BigInt(bytes.length),
        read: async (at, size) => bytes.slice(Number(at), Number(at + size)),
      },
    });
    const got = [];
    for await (const m of reader.readMessages()) {
      const channel = reader.channelsById.get(m.channelId)!;
      got.push(foreign(m, channel, reader.schemasById.get(channel.schemaId)!));
    }
    expect(got).toStrictEqual(expected(50));
    expect(reader.statistics).toMatchObject({ messageCount: 50n, channelCount: 2, schemaCount: 2, metadataCount: 3 });
    expect(reader.chunkIndexes.length).toBeGreaterThan(3);
    expect(reader.header).toMatchObject({ profile: "limbeck", library: "limbeck" });
    const names: string[] = [];
    for await (const metadata of reader.readMetadata()) names.push(metadata.name);
    expect(names).toStrictEqual(["limbeck", "limbeck.summary", "limbeck.acks"]);
    const torque: number[] = [];
    for await (const m of reader.readMessages({ topics: ["/controller.torque"], startTime: 100_000_000n }))
      torque.push(m.sequence);
    expect(torque).toStrictEqual(
      list(50)
        .filter((m) => m.sequence >= 10 && m.sequence % 2)
        .map((m) => m.sequence),
    );
  });

  test("the summary's offsets point at their groups", async () => {
    const bytes = (await record(50)).file.bytes();
    const view = new DataView(bytes.buffer);
    const footer = bytes.length - 8 - 20 - 9;
    let at = Number(view.getBigUint64(footer + 9 + 8, true));
    const groups: number[] = [];
    while (at < footer) {
      expect(bytes[at]).toBe(0x0e);
      const opcode = bytes[at + 9]!;
      let inside = Number(view.getBigUint64(at + 10, true));
      const end = inside + Number(view.getBigUint64(at + 18, true));
      while (inside < end) {
        expect(bytes[inside]).toBe(opcode);
        inside += 9 + Number(view.getBigUint64(inside + 1, true));
      }
      expect(inside).toBe(end);
      groups.push(opcode);
      at += 9 + Number(view.getBigUint64(at + 1, true));
    }
    expect(at).toBe(footer);
    expect(groups).toStrictEqual([3, 4, 0x0b, 0x0d, 8]);
  });

  test("the stream reader", async () => {
    const { file } = await record(50);
    const reader = new McapStreamReader();
    reader.append(file.bytes());
    const channels = new Map<number, McapTypes.Channel>();
    const schemas = new Map<number, McapTypes.Schema>();
    const got = [];
    for (let r = reader.nextRecord(); r; r = reader.nextRecord()) {
      if (r.type === "Schema") schemas.set(r.id, r);
      if (r.type === "Channel") channels.set(r.id, r);
      if (r.type !== "Message") continue;
      const channel = channels.get(r.channelId)!;
      got.push(foreign(r, channel, schemas.get(channel.schemaId)!));
    }
    expect(reader.done()).toBe(true);
    expect(got).toStrictEqual(expected(50));
  });

  test("a file of the package's own writer is read, as far as it is ours", async () => {
    const { McapWriter } = await import("@mcap/core");
    const pieces: Uint8Array[] = [];
    let position = 0n;
    const writer = new McapWriter({
      writable: {
        position: () => position,
        write: async (b) => {
          pieces.push(b.slice());
          position += BigInt(b.length);
        },
      },
    });
    await writer.start({ profile: "", library: "other" });
    const schemaId = await writer.registerSchema({ name: "x", encoding: "jsonschema", data: new Uint8Array() });
    const channelId = await writer.registerChannel({
      schemaId,
      topic: "/x",
      messageEncoding: "json",
      metadata: new Map(),
    });
    await writer.addMessage({ channelId, sequence: 0, logTime: 5n, publishTime: 4n, data: Uint8Array.of(1) });
    await writer.end();
    const source = bytesSource("other.mcap", new Uint8Array(Buffer.concat(pieces)));
    expect(await scanRecording(source)).toMatchObject({
      whole: true,
      library: "other",
      channels: [{ port: "x", messages: 1 }],
    });
    expect(await codeOf(read(source))).toBe("L0704");
  });
});

describe("a file that was cut or damaged", () => {
  test("cut at any byte, it gives a prefix that ends with a chunk", async () => {
    const bytes = (await record(30)).file.bytes();
    const all = list(30);
    let longest = 0;
    for (let n = 8; n < bytes.length; n++) {
      const source = bytesSource("cut.mcap", bytes.subarray(0, n));
      const got = await read(source);
      expect(got).toStrictEqual(all.slice(0, got.length));
      expect(got.length).toBeGreaterThanOrEqual(longest);
      longest = got.length;
      const scan = await scanRecording(source);
      expect(scan.whole).toBe(false);
      expect(scan.lost_bytes).toBeLessThan(2000);
    }
    expect(longest).toBe(30);
    for (let n = 0; n < 8; n++)
      expect(await codeOf(scanRecording(bytesSource("cut.mcap", bytes.subarray(0, n))))).toBe("L0700");
  });

  test("with any bit flipped, it is refused, or reads the same", async () => {
    const bytes = (await record(20)).file.bytes();
    const good = await scanRecording(bytesSource("f", bytes));
    let refused = 0;
    for (let i = 0; i < bytes.length; i++) {
      const flipped = bytes.slice();
      flipped[i]! ^= 1 << (i % 8);
      const source = bytesSource("flipped.mcap", flipped);
      const code = await codeOf(scanRecording(source));
      if (code !== "fine") {
        expect(["L0700", "L0701", "L0705", "L0707"]).toContain(code);
        refused++;
      } else {
        const scan = await scanRecording(source);
        expect({ at: i, ...scan, sha256: "" }).toStrictEqual({ at: i, ...good, file: "flipped.mcap", sha256: "" });
      }
    }
    expect(refused).toBeGreaterThan(bytes.length * 0.99);
  });

  test("damage is said with file and offset", async () => {
    const bytes = (await record(20)).file.bytes();
    const at = bytes.indexOf(6, 8);
    bytes[at + 200]! ^= 1;
    await expect(read(bytesSource("reach.mcap", bytes))).rejects.toThrow(
      /^L0701: reach.mcap is damaged at byte \d+: the checksum of a frame does not hold/,
    );
    await expect(scanRecording(bytesSource("empty.mcap", new Uint8Array()))).rejects.toThrow(
      "L0700: empty.mcap is not a recording: it is empty",
    );
  });
});

describe("a disk that fails", () => {
  const writesOf = async (n: number) => (await record(n)).file.writes;

  test("at any write, the call ends, the failure is typed, and what was written is read", async () => {
    const total = await writesOf(40);
    expect(total).toBeGreaterThan(5);
    for (let failAt = 0; failAt < total; failAt++) {
      for (const partial of [0, 1, 500]) {
        const failures: Problem[] = [];
        const { file, result } = await record(40, { failAt, partial }, { onFailure: (p) => failures.push(p) });
        expect(failures.map((p) => p.code)).toStrictEqual(["L0702"]);
        expect(result.failure).toBe(failures[0]);
        expect(result.failure!.message).toBe("memory.mcap cannot be written: ENOSPC: no space left on device, write");
        expect(file.closed).toBe(true);
        expect(result.written + result.dropped).toBe(40);
        if (failAt === 0) continue;
        expect(await read(bytesSource("f", file.bytes()))).toStrictEqual(list(result.written));
      }
    }
  });

  test("at the sync or the close, everything was written and the failure is said", async () => {
    for (const faults of [{ failSync: true }, { failClose: true }]) {
      const { file, result } = await record(10, faults);
      expect(result).toMatchObject({ written: 10, dropped: 0, failure: { code: "L0702" } });
      expect(await read(bytesSource("f", file.bytes()))).toStrictEqual(list(10));
    }
  });

  test("that does not keep up, messages are dropped and counted, and later ones are taken again", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const failures: Problem[] = [];
    const file = faultyFile({ held });
    const sink = mcapLog(file, { chunkBytes: 100, maxPendingBytes: 2000, onFailure: (p) => failures.push(p) });
    sink.open(HEADER, PORTS);
    const give = (from: number, to: number) => {
      for (const m of list(to).slice(from))
        sink.message(m.sequence % 2, m.sequence, m.tag_ns, m.microstep, m.stamp_ns, m.message);
    };
    give(0, 40);
    expect(failures.map((p) => p.code)).toStrictEqual(["L0706"]);
    release();
    await sink.flush();
    give(40, 44);
    const result = await sink.close({ rows: 0, incomplete: {} });
    const got = (await read(bytesSource("f", file.bytes()))).map((m) => m.sequence);
    expect(result.written).toBe(got.length);
    expect(result.written + result.dropped).toBe(44);
    expect(got.slice(-4)).toStrictEqual([40, 41, 42, 43]);
    expect(result.dropped).toBeGreaterThan(0);
    expect(failures).toHaveLength(1);
  });
});

test("in live use a message is written once its time is up", async () => {
  const timers: { ms: number; work: () => void; on: boolean }[] = [];
  const after = (ms: number, work: () => void) => {
    const timer = { ms, work, on: true };
    timers.push(timer);
    return () => {
      timer.on = false;
    };
  };
  const file = faultyFile();
  const sink = mcapLog(file, { commit: { after } });
  sink.open(HEADER, PORTS);
  const message: Message = new Float64Array(2);
  sink.message(1, 0, 0, 0, 0, message);
  sink.message(1, 1, 0, 0, 0, message);
  expect(timers.map((t) => t.ms)).toStrictEqual([10]);
  timers[0]!.work();
  await new Promise(setImmediate);
  expect(await read(bytesSource("f", file.bytes()))).toHaveLength(2);
  sink.message(1, 2, 0, 0, 0, message);
  expect(timers.map((t) => t.on)).toStrictEqual([true, true]);
  await sink.close({ rows: 0, incomplete: {} });
  expect(timers[1]!.on).toBe(false);
});
