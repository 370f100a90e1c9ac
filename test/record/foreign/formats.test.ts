/** Every format and encoding, from files that other programs wrote: the same values come out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create, createFileRegistry, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import rosmsg from "@foxglove/rosmsg";
import { MessageWriter as Ros1Writer } from "@foxglove/rosmsg-serialization";
import zstd from "@foxglove/wasm-zstd";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TableLayout } from "../../../src/record/foreign/foreign.js";
import { foreignInfo } from "../../../src/record/foreign/info.js";
import { openForeign } from "../../../src/record/foreign/open.js";
import { bytesOf, type Compression, type FixtureChannel, jsonChannel, writeMcap } from "../../support/foreign.js";
import { pythonWith, runPython } from "../../support/python.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-foreign-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const T0 = 1_700_000_000_000_000_000n;

/** All messages of a recording: topic, time, value. */
async function readAll(file: string, layout: TableLayout = {}) {
  const recording = await openForeign(file, layout);
  const found: { topic: string; log_ns: bigint | undefined; at: string; value: unknown }[] = [];
  for await (const { messages } of recording.read(new Set(recording.channels)))
    for (const { channel, log_ns, at, value } of messages)
      found.push({ topic: channel.topic, log_ns, at, value: value() });
  await recording.close();
  return { recording, found, values: found.map(({ value }) => value) };
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "fine",
    (error) => error.problems?.[0]?.code ?? String(error),
  );
const reasonOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "fine",
    (error) => error.message,
  );

/**
 * An LZ4 frame of one block (lz4_Frame_format.md, lz4_Block_format.md): literals to the first of a run of `a`, a match
 * with the byte before for the others, literals to the end.
 */
function lz4(data: Uint8Array): Compression {
  const from = Buffer.from(data).indexOf("a".repeat(RUN));
  const block =
    from < 0
      ? [...literals(data)]
      : [...literals(data.subarray(0, from + 1), RUN - 1), ...literals(data.subarray(from + RUN))];
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, block.length, true);
  const frame = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, ...size, ...block, 0, 0, 0, 0];
  return { compression: "lz4", compressedData: Uint8Array.from(frame) };
}

const RUN = 100;

/** A sequence: its token, literals, and a match with the byte before, where it has one. */
function* literals(bytes: Uint8Array, match?: number): Generator<number> {
  const nibble = (n: number) => Math.min(15, n);
  function* more(n: number) {
    if (n < 15) return;
    for (let left = n - 15; ; left -= 255) {
      yield Math.min(255, left);
      if (left < 255) return;
    }
  }
  yield nibble(bytes.length) * 16 + (match === undefined ? 0 : nibble(match - 4));
  yield* more(bytes.length);
  yield* bytes;
  if (match === undefined) return;
  yield* [1, 0];
  yield* more(match - 4);
}

describe("MCAP", () => {
  const channels = [
    jsonChannel("/pose", [
      [T0, { x: 1.5, tags: ["a".repeat(RUN)] }],
      [T0 + 10n, { x: -2, tags: [] }],
    ]),
    jsonChannel("/n", [[T0 + 5n, 7]]),
  ];

  const compressions: readonly (readonly [string, ((data: Uint8Array) => Compression) | undefined])[] = [
    ["none", undefined],
    ["zstd", (data) => ({ compression: "zstd", compressedData: zstd.compress(data) })],
    ["lz4", lz4],
  ];

  test.each(compressions)("JSON in chunks compressed with %s", async (name, compress) => {
    await zstd.isLoaded;
    const file = join(folder, `json-${name}.mcap`);
    await writeMcap(file, channels, compress);
    const { recording, found } = await readAll(file);
    expect(recording.format).toBe("mcap");
    expect(found).toEqual([
      { topic: "/pose", log_ns: T0, at: "message 1", value: { x: 1.5, tags: ["a".repeat(RUN)] } },
      { topic: "/n", log_ns: T0 + 5n, at: "message 2", value: 7 },
      { topic: "/pose", log_ns: T0 + 10n, at: "message 3", value: { x: -2, tags: [] } },
    ]);
  });

  test("a chunk that does not decompress is damage, at its place", async () => {
    await zstd.isLoaded;
    const file = join(folder, "bad.mcap");
    await writeMcap(file, channels, (data) => ({ compression: "zstd", compressedData: data }));
    expect(await reasonOf(openForeign(file))).toMatch(/^L0701: .*bad.mcap is damaged at byte \d+: .*decompress/);
  });

  test("a compression that nobody knows is named", async () => {
    const file = join(folder, "odd.mcap");
    await writeMcap(file, channels, (data) => ({ compression: "brotli", compressedData: data }));
    expect(await codeOf(openForeign(file))).toBe("L0705");
  });

  test("protobuf by its descriptor: names as declared, enums by name, times, 64 bits, oneofs, what is absent", async () => {
    const set = create(FileDescriptorSetSchema, descriptors);
    const desc = createFileRegistry(set).getMessage("demo.Reading")!;
    const data = toBinary(
      desc as DescMessage,
      {
        $typeName: "demo.Reading",
        sensorName: "imu",
        values: [1.5, Number.NaN],
        count: 2n ** 60n,
        mode: 1,
        stamp: { $typeName: "demo.Reading.Stamp", seconds: 3n, nanos: 4 },
        choice: { case: "left", value: 5 },
      } as never,
    );
    const file = join(folder, "proto.mcap");
    const schema = { name: "demo.Reading", encoding: "protobuf", data: toBinary(FileDescriptorSetSchema, set) };
    await writeMcap(file, [{ topic: "/r", messageEncoding: "protobuf", schema, messages: [{ log_ns: T0, data }] }]);
    const { recording, values } = await readAll(file);
    expect(values).toEqual([
      {
        sensor_name: "imu",
        values: [1.5, Number.NaN],
        count: 2n ** 60n,
        mode: "RUN",
        stamp: { seconds: 3n, nanos: 4 },
        left: 5,
      },
    ]);
    expect(recording.channels[0]!.type).toMatchObject({
      fields: new Map<string, unknown>([
        ["sensor_name", { kind: "string" }],
        ["values", { kind: "list", items: { kind: "number", dtype: "float64" } }],
        ["count", { kind: "number", dtype: "uint64" }],
        ["mode", { kind: "string" }],
        [
          "stamp",
          {
            kind: "object",
            fields: new Map([
              ["seconds", { kind: "number", dtype: "int64" }],
              ["nanos", { kind: "number", dtype: "int32" }],
            ]),
          },
        ],
        ["left", { kind: "number", dtype: "int32" }],
        ["right", { kind: "number", dtype: "int32" }],
        ["note", { kind: "string" }],
      ]),
    });
  });

  test("ROS 1", async () => {
    const text =
      "Header header\nfloat64[] position\nbool ok\nuint8 KIND=3\n===\nMSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n";
    const message = { header: { seq: 9, stamp: { sec: 5, nsec: 6 }, frame_id: "map" }, position: [1, 2.5], ok: true };
    const data = new Ros1Writer(rosmsg.parse(text)).writeMessage(message);
    const file = join(folder, "ros1.mcap");
    const schema = { name: "demo/Joints", encoding: "ros1msg", data: bytesOf(text) };
    await writeMcap(file, [{ topic: "/j", messageEncoding: "ros1", schema, messages: [{ log_ns: T0, data }] }]);
    const { recording, values } = await readAll(file);
    expect(JSON.parse(JSON.stringify(values))).toEqual([{ ...message, position: { 0: 1, 1: 2.5 } }]);
    expect(recording.channels[0]!.type).toMatchObject({ kind: "object" });
  });

  test("messages that nobody can decode are named with the reason, and the others are read", async () => {
    const file = join(folder, "mixed.mcap");
    const odd: FixtureChannel = {
      topic: "/c",
      messageEncoding: "cbor",
      messages: [{ log_ns: T0, data: bytesOf("x") }],
    };
    await writeMcap(file, [odd, jsonChannel("/n", [[T0, 1]])]);
    const recording = await openForeign(file);
    const info = await foreignInfo(recording);
    await recording.close();
    expect(info.channels.map(({ topic, messages, unreadable }) => [topic, messages, unreadable])).toEqual([
      ["/c", 1, "its messages are cbor; read are JSON, protobuf, ROS 1 (ros1msg) and ROS 2 (ros2msg in CDR)"],
      ["/n", 1, undefined],
    ]);
    expect(await codeOf(readAll(file))).toBe("L0743");
  });

  test("bytes that are no message of their type are refused with their place", async () => {
    const file = join(folder, "torn.mcap");
    await writeMcap(file, [{ topic: "/n", messageEncoding: "json", messages: [{ log_ns: T0, data: bytesOf("{") }] }]);
    expect(await reasonOf(readAll(file))).toMatch(
      /^L0740: .*torn.mcap: message 1, of `\/n`, does not decode as its type/,
    );
  });
});

/** A message with a field of each kind, as `protoc` would describe it. */
const descriptors = {
  file: [
    {
      name: "demo.proto",
      package: "demo",
      syntax: "proto3",
      enumType: [
        {
          name: "Mode",
          value: [
            { name: "IDLE", number: 0 },
            { name: "RUN", number: 1 },
          ],
        },
      ],
      messageType: [
        {
          name: "Reading",
          field: [
            { name: "sensor_name", jsonName: "sensorName", number: 1, type: 9, label: 1 },
            { name: "values", jsonName: "values", number: 2, type: 1, label: 3 },
            { name: "count", jsonName: "count", number: 3, type: 4, label: 1 },
            { name: "mode", jsonName: "mode", number: 4, type: 14, label: 1, typeName: ".demo.Mode" },
            { name: "stamp", jsonName: "stamp", number: 5, type: 11, label: 1, typeName: ".demo.Reading.Stamp" },
            { name: "left", jsonName: "left", number: 6, type: 5, label: 1, oneofIndex: 0 },
            { name: "right", jsonName: "right", number: 7, type: 5, label: 1, oneofIndex: 0 },
            { name: "note", jsonName: "note", number: 8, type: 9, label: 1, oneofIndex: 1, proto3Optional: true },
          ],
          nestedType: [
            {
              name: "Stamp",
              field: [
                { name: "seconds", jsonName: "seconds", number: 1, type: 3, label: 1 },
                { name: "nanos", jsonName: "nanos", number: 2, type: 5, label: 1 },
              ],
            },
          ],
          oneofDecl: [{ name: "choice" }, { name: "_note" }],
        },
      ],
    },
  ],
} as unknown as FileDescriptorSet;

/** Packs CDR by hand (OMG CDR, little endian): the standard library alone. */
const BAG = `
import sqlite3, struct, sys, json
file, mode = sys.argv[1], sys.argv[2]
class Cdr:
    def __init__(self): self.b = bytearray()
    def put(self, fmt, *values):
        size = struct.calcsize('<' + fmt[-1])
        self.b += bytes(-len(self.b) % size) + struct.pack('<' + str(len(values)) + fmt[-1], *values)
        return self
    def text(self, s):
        data = s.encode() + b'\\0'
        self.put('I', len(data)); self.b += data
        return self
    def header(self, sec, nanosec, frame): return self.put('i', sec).put('I', nanosec).text(frame)
    def seq(self, fmt, values):
        self.put('I', len(values))
        return self.put(fmt, *values) if values else self
    def done(self): return b'\\x00\\x01\\x00\\x00' + bytes(self.b)
db = sqlite3.connect(file)
if mode == 'wal': db.execute('PRAGMA journal_mode=WAL')
db.execute('CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL)')
db.execute('CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, data BLOB NOT NULL)')
db.execute('CREATE INDEX timestamp_idx ON messages (timestamp ASC)')
def topic(i, name, kind): db.execute("INSERT INTO topics VALUES(?,?,?,'cdr','')", (i, name, kind))
def message(topic, t, cdr): db.execute('INSERT INTO messages(topic_id,timestamp,data) VALUES(?,?,?)', (topic, t, cdr.done()))
topic(1, '/joint_states', 'sensor_msgs/msg/JointState'); topic(2, '/odom', 'nav_msgs/msg/Odometry')
topic(3, '/imu', 'sensor_msgs/msg/Imu'); topic(4, '/own', 'demo_msgs/msg/Level')
if mode == 'new':
    db.execute('CREATE TABLE message_definitions(id INTEGER PRIMARY KEY, topic_type TEXT NOT NULL, encoding TEXT NOT NULL, encoded_message_definition TEXT NOT NULL, type_description_hash TEXT NOT NULL)')
    db.execute("INSERT INTO message_definitions VALUES(1,'demo_msgs/msg/Level','ros2msg','uint8 HIGH=2\\nuint8 level\\nint64 big\\n','')")
t0 = 1700000000000000000
for k in range(3):
    c = Cdr().header(1700000000, k * 10000000, 'base').put('I', 2).text('a').text('bcd')
    message(1, t0 + k * 10000000, c.seq('d', [0.5 * k, -1.0]).seq('d', [1.0, 2.0]).seq('d', []))
c = Cdr().header(1700000000, 7, 'odom').text('base').put('d', 1.0, 2.0, 0.0, 0.0, 0.0, 0.6, 0.8).put('d', *range(36))
message(2, t0 + 5, c.put('d', 3.0, 0.0, 0.0, 0.0, 0.0, 0.25).put('d', *([0.0] * 36)))
c = Cdr().header(1, 2, '').put('d', 0, 0, 0, 1).put('d', *([0.0] * 9)).put('d', .1, .2, .3).put('d', *([0.0] * 9)).put('d', 0, 0, 9.81).put('d', *([0.0] * 9))
message(3, t0 + 6, c)
message(4, t0 + 7, Cdr().put('B', 2).put('q', 2**62 + 1))
db.commit()
db.close()
print('null')
`;

describe("rosbag2", () => {
  const interpreter = pythonWith("sqlite3");

  test.skipIf(interpreter === undefined).each(["old", "new"])(
    "standard messages packed by hand, in a bag of the %s kind",
    async (mode) => {
      const file = join(folder, `${mode}.db3`);
      runPython(interpreter!, BAG, [file, mode]);
      const recording = await openForeign(file);
      const info = await foreignInfo(recording);
      expect(
        info.channels.map(({ topic, messages, unreadable }) => [topic, messages, unreadable !== undefined]),
      ).toEqual([
        ["/joint_states", 3, false],
        ["/odom", 1, false],
        ["/imu", 1, false],
        ["/own", 1, mode === "old"],
      ]);
      expect(info).toMatchObject({ format: "rosbag2", messages: 6, span_ns: 20_000_000, start_ns: String(T0) });
      const seen: { [topic: string]: unknown } = {};
      for await (const { messages } of recording.read(
        new Set(recording.channels.filter((c) => c.unreadable === undefined)),
      ))
        for (const { channel, value } of messages) seen[channel.topic] = value();
      await recording.close();
      expect(seen["/joint_states"]).toEqual({
        header: { stamp: { sec: 1_700_000_000, nanosec: 20_000_000 }, frame_id: "base" },
        name: ["a", "bcd"],
        position: Float64Array.of(1, -1),
        velocity: Float64Array.of(1, 2),
        effort: new Float64Array(0),
      });
      expect(seen["/odom"]).toMatchObject({
        child_frame_id: "base",
        pose: { pose: { position: { x: 1, y: 2, z: 0 }, orientation: { x: 0, y: 0, z: 0.6, w: 0.8 } } },
        twist: { twist: { linear: { x: 3 }, angular: { z: 0.25 } } },
      });
      expect(seen["/imu"]).toMatchObject({
        linear_acceleration: { z: 9.81 },
        angular_velocity: { x: 0.1, y: 0.2, z: 0.3 },
      });
      if (mode === "new") expect(seen["/own"]).toEqual({ level: 2, big: 2n ** 62n + 1n });
    },
  );

  test.skipIf(interpreter === undefined)("a bag's folder, by its metadata, in parts", async () => {
    const bag = join(folder, "bag");
    mkdirSync(bag);
    runPython(interpreter!, BAG, [join(bag, "bag_0.db3"), "old"]);
    runPython(interpreter!, BAG, [join(bag, "bag_1.db3"), "old"]);
    writeFileSync(
      join(bag, "metadata.yaml"),
      "rosbag2_bagfile_information:\n  version: 5\n  storage_identifier: sqlite3\n  relative_file_paths: [bag/bag_0.db3, bag_1.db3]\n  compression_format: ''\n  compression_mode: ''\n",
    );
    const recording = await openForeign(bag);
    const info = await foreignInfo(recording);
    await recording.close();
    expect(info.channels.map(({ topic, messages }) => [topic, messages])).toEqual([
      ["/joint_states", 6],
      ["/odom", 2],
      ["/imu", 2],
      ["/own", 2],
    ]);
  });

  test.skipIf(interpreter === undefined)("a bag that its recorder left in WAL mode", async () => {
    const file = join(folder, "wal.db3");
    runPython(interpreter!, BAG, [file, "wal"]);
    const recording = await openForeign(file);
    expect((await foreignInfo(recording)).messages).toBe(6);
    await recording.close();
  });

  test("a SQLite file that is no bag, a torn one, and a folder without metadata are refused", async () => {
    const torn = join(folder, "torn.db3");
    writeFileSync(torn, "SQLite format 3\0".padEnd(200, "x"));
    expect(await codeOf(openForeign(torn))).toBe("L0740");
    expect(await reasonOf(openForeign(folder))).toContain("metadata.yaml");
  });
});

describe("tables", () => {
  const write = (name: string, text: string | Uint8Array) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  test("CSV with a header line; empty cells are nothing", async () => {
    const { values, found } = await readAll(write("a.csv", 't,"x (m)",who\n0.5,1,"a, b"\n1.5,,c\n'));
    expect(values).toEqual([
      { t: "0.5", "x (m)": "1", who: "a, b" },
      { t: "1.5", "x (m)": undefined, who: "c" },
    ]);
    expect(found.map(({ at }) => at)).toEqual(["line 2", "line 3"]);
  });

  test("gzipped, between blanks, with remarks and named columns", async () => {
    const file = write("b.dat.gz", gzipSync("# t v\n1.0   2\n2.0\t3 # good\n"));
    const { values } = await readAll(file, { delimiter: "whitespace", comment: "#", columns: ["t", "v"] });
    expect(values).toEqual([
      { t: "1.0", v: "2" },
      { t: "2.0", v: "3" },
    ]);
  });

  test.each([
    ["a line of another length", "c.csv", "a,b\n1,2\n3\n", /line 3 has 1 cells, and the header 2/],
    ["two columns of one name", "d.csv", "a,a\n1,2\n", /two columns are called `a`/],
    ["an empty file", "e.csv", "", /it is empty/],
    ["a torn gzip file", "f.csv.gz", gzipSync("a,b\n1,2\n".repeat(9)).subarray(0, 20), /no whole gzip file/],
    ["bytes that are no text", "g.bin", Uint8Array.of(1, 0, 2), /of no format that is read/],
  ] as const)("%s is refused", async (_, name, bytes, reason) => {
    expect(await reasonOf(readAll(write(name, bytes)))).toMatch(reason);
  });
});

/** Every dtype that is read, packed and not. */
const ARRAYS = `
import sys, numpy as np
data = {
  't': np.array([1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75]),
  'q': np.arange(6, dtype='>f4').reshape(3, 2),
  'm': np.arange(12, dtype='i2').reshape(3, 2, 2),
  'h': np.array([0.5, -2.0, 65504], dtype='f2'),
  'n': np.array([1, -2, 2**62 + 1], dtype='i8'),
  'u': np.array([1, 2, 2**64 - 1], dtype='u8'),
  'b': np.array([True, False, True]),
  's': np.array(['a', 'béta', '']),
  'w': np.array(['2026-01-02T03:04:05.5', '1969-12-31T23:59:59.5', '2026-01-02'], dtype='M8[ms]'),
}
(np.savez_compressed if sys.argv[2] == 'packed' else np.savez)(sys.argv[1], **data)
np.save(sys.argv[1] + '.npy', data['q'])
np.savez(sys.argv[1] + '.odd.npz', long=np.zeros(5), short=np.zeros(2), z=np.zeros(2, complex), f=np.asfortranarray(np.zeros((2, 3))), scalar=np.float64(1))
print('null')
`;

describe("numpy", () => {
  const interpreter = pythonWith("numpy");

  test.skipIf(interpreter === undefined).each(["plain", "packed"])("arrays of every kind, %s", async (how) => {
    const file = join(folder, `${how}.npz`);
    runPython(interpreter!, ARRAYS, [file, how]);
    const { recording, values } = await readAll(file);
    expect(recording.channels).toHaveLength(1);
    expect(values.map((value) => ({ ...(value as object) }))).toEqual([
      {
        t: 1e9 + 0.25,
        q: Float32Array.of(0, 1),
        m: [Int16Array.of(0, 1), Int16Array.of(2, 3)],
        h: 0.5,
        n: 1n,
        u: 1n,
        b: true,
        s: "a",
        w: { sec: 1_767_323_045n, nanosec: 500_000_000n },
      },
      {
        t: 1e9 + 0.5,
        q: Float32Array.of(2, 3),
        m: [Int16Array.of(4, 5), Int16Array.of(6, 7)],
        h: -2,
        n: -2n,
        u: 2n,
        b: false,
        s: "béta",
        w: { sec: -1n, nanosec: 500_000_000n },
      },
      {
        t: 1e9 + 0.75,
        q: Float32Array.of(4, 5),
        m: [Int16Array.of(8, 9), Int16Array.of(10, 11)],
        h: 65_504,
        n: 2n ** 62n + 1n,
        u: 2n ** 64n - 1n,
        b: true,
        s: "",
        w: { sec: 1_767_312_000n, nanosec: 0n },
      },
    ]);
    const single = await readAll(`${file}.npy`);
    expect(single.values.map((value) => ({ ...(value as object) }))).toEqual([
      { [`${how}.npz`]: Float32Array.of(0, 1) },
      { [`${how}.npz`]: Float32Array.of(2, 3) },
      { [`${how}.npz`]: Float32Array.of(4, 5) },
    ]);
    const odd = await openForeign(`${file}.odd.npz`);
    expect(odd.channels.map(({ topic }) => topic)).toEqual(["rows=5", "rows=2"]);
    expect(odd.warnings().map(({ message }) => message)).toEqual([
      expect.stringMatching(/array `z` of .*: its elements are `<c16`/),
      expect.stringMatching(/array `f` of .*: it lies in the order of Fortran/),
      expect.stringMatching(/array `scalar` of .*: it is a single number/),
    ]);
    await odd.close();
  });

  test.skipIf(interpreter === undefined)("an archive that is cut off is refused", async () => {
    const file = join(folder, "cut.npz");
    runPython(interpreter!, ARRAYS, [file, "plain"]);
    writeFileSync(file, readFileSync(file).subarray(0, 900));
    expect(await codeOf(readAll(file))).toBe("L0740");
  });
});
