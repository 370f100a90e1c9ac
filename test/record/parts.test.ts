/** Recordings in several files, on disks that they may not fill. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordedPort, RecordingHeader } from "../../src/record/layout.js";
import { bytesSource } from "../../src/record/mcap/file.js";
import { type Limits, laterFile, partedLog } from "../../src/record/parts.js";
import { readMessages, scanRecording } from "../../src/record/reader.js";
import { createRecorder } from "../../src/record/recorder.js";
import { mcapLog } from "../../src/record/sink.js";
import { type Faults, type FaultyFile, faultyFile } from "../support/faulty-file.js";

const HEADER: RecordingHeader = { name: "reach", mode: "rows", anchor: "b", graph: "g", digest: "d", seed: 1 };
const PORTS: readonly RecordedPort[] = [
  { port: "a", role: "input", schema: { type: "number" } },
  { port: "b", role: "output", schema: { tensor: [50] } },
];
const row = (i: number) => ({
  tag_ns: i * 1e7,
  microstep: 0,
  entries: [
    { port: "a", stamp_ns: i * 1e7, message: i },
    { port: "b", stamp_ns: i * 1e7, message: new Float64Array(50).fill(i) },
  ],
});

/** A folder in memory. */
function folder(faults: (part: number) => Faults = () => ({})) {
  const files = new Map<string, FaultyFile>();
  const add = (name: string, part: number) => {
    const file = faultyFile(faults(part), name);
    files.set(name, file);
    return file;
  };
  return {
    files,
    first: add("r-0001.mcap", 0),
    more: {
      part: (i: number) => laterFile(`r-0001.${i}.mcap`, async () => add(`r-0001.${i}.mcap`, i)),
      remove: async (name: string) => void files.delete(name),
    },
  };
}

async function record(
  limits: Limits,
  rows: number,
  { episodes = false, faults = undefined as ((part: number) => Faults) | undefined } = {},
) {
  const { files, first, more } = folder(faults);
  const recorder = createRecorder(
    HEADER,
    PORTS,
    partedLog((file) => mcapLog(file, { chunkBytes: 2048 }), first, more, limits),
  );
  for (let i = 0; i < rows; i++) {
    recorder.row(row(i), episodes ? Math.floor(i / 10) : undefined);
    await recorder.flush();
  }
  const live = recorder.drops();
  const summary = await recorder.close();
  const parts = [];
  for (const [name, file] of files) {
    const source = bytesSource(name, file.bytes());
    const sequences: number[] = [];
    const numbers: number[] = [];
    for await (const { port, sequence, episode } of readMessages(source))
      if (port === "a") {
        sequences.push(sequence);
        numbers.push(episode);
      }
    parts.push({ name, bytes: source.size, scan: await scanRecording(source), sequences, episodes: numbers });
  }
  return { summary, live, parts };
}
const upTo = (n: number, from = 0) => Array.from({ length: n - from }, (_, i) => from + i);

describe("split", () => {
  test("by time: each file holds the rows of one period, is whole by itself, and numbers run on", async () => {
    const { parts, summary } = await record({ split: { time_ns: 1e8 } }, 25);
    expect(parts.map(({ name, sequences }) => [name, sequences])).toEqual([
      ["r-0001.mcap", upTo(10)],
      ["r-0001.1.mcap", upTo(20, 10)],
      ["r-0001.2.mcap", upTo(25, 20)],
    ]);
    expect(parts.map(({ scan }) => [scan.whole, scan.header?.part, scan.kept])).toEqual([
      [true, 0, { rows: 10, incomplete: {} }],
      [true, 1, { rows: 10, incomplete: {} }],
      [true, 2, { rows: 5, incomplete: {} }],
    ]);
    expect(summary).toMatchObject({
      rows: 25,
      messages: 50,
      files: parts.map(({ name }) => name),
      dropped: 0,
      deleted: 0,
    });
    expect(summary.bytes).toBe(parts.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(summary.warning).toBeUndefined();
  });

  test("by time, where nothing comes for long: no empty files", async () => {
    const { first, more, files } = folder();
    const recorder = createRecorder(HEADER, PORTS, partedLog(mcapLog, first, more, { split: { time_ns: 1e8 } }));
    for (const i of [0, 1, 500]) recorder.row(row(i));
    await recorder.close();
    expect([...files.keys()]).toEqual(["r-0001.mcap", "r-0001.1.mcap"]);
  });

  test("episodes run on through the files, and each file says in which one it begins", async () => {
    const { parts } = await record({ split: { time_ns: 1.5e8 } }, 30, { episodes: true });
    expect(parts.map(({ scan }) => scan.episodes)).toEqual([
      [
        { index: 0, sequence: 0, tag_ns: 0 },
        { index: 1, sequence: 10, tag_ns: 1e8 },
      ],
      [
        { index: 1, sequence: 15, tag_ns: 1.5e8 },
        { index: 2, sequence: 20, tag_ns: 2e8 },
      ],
    ]);
    expect(parts.flatMap(({ episodes }) => episodes)).toEqual(upTo(30).map((i) => Math.floor(i / 10)));
  });

  test("by size: no file is larger, but for one row that is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3000, max: 20_000 }), fc.integer({ min: 1, max: 60 }), async (bytes, n) => {
        const { parts, summary } = await record({ split: { bytes } }, n, { episodes: n % 2 === 0 });
        expect(parts.flatMap(({ sequences }) => sequences)).toEqual(upTo(n));
        for (const part of parts) if (part.sequences.length > 1) expect(part.bytes).toBeLessThanOrEqual(bytes);
        expect(summary.rows).toBe(n);
      }),
      { numRuns: 25 },
    );
  });

  test("a file ends before the row that would make it too large", async () => {
    const { first, more, files } = folder();
    const wide: readonly RecordedPort[] = [{ port: "b", role: "output", schema: { tensor: [1000] } }];
    const recorder = createRecorder(HEADER, wide, partedLog(mcapLog, first, more, { split: { bytes: 25_000 } }));
    for (let i = 0; i < 6; i++) {
      const message = new Float64Array(1000);
      recorder.row({ tag_ns: i, microstep: 0, entries: [{ port: "b", stamp_ns: i, message }] });
    }
    await recorder.close();
    // a row has 8 kB: two fit
    expect(files.size).toBe(3);
    for (const file of files.values()) expect(file.bytes().length).toBeLessThan(25_000);
  });

  test("files are filled: half of the size at least", async () => {
    const { parts } = await record({ split: { bytes: 20_000 } }, 200);
    expect(parts.length).toBeGreaterThan(3);
    for (const { bytes } of parts.slice(0, -1)) expect(bytes).toBeGreaterThan(10_000);
  });
});

describe("max_disk", () => {
  test("stops: all files together stay below it, and what it did not keep is counted by port", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3000, max: 30_000 }),
        fc.option(fc.integer({ min: 3000, max: 9000 })),
        async (bytes, part) => {
          const split = part === null ? {} : { split: { bytes: part } };
          const { parts, summary, live } = await record({ max_disk: { bytes, when_full: "stop" }, ...split }, 60);
          expect(parts.reduce((sum, p) => sum + p.bytes, 0)).toBeLessThanOrEqual(bytes);
          expect(parts.flatMap(({ sequences }) => sequences)).toEqual(upTo(summary.rows));
          const lost = { max_disk: 60 - summary.rows };
          expect(summary).toMatchObject({ state: "full", drops: { a: lost, b: lost }, dropped: 2 * lost.max_disk });
          expect(live).toEqual(summary.drops);
          expect(parts.at(-1)!.scan.kept?.drops).toEqual(summary.drops);
          expect(summary.warning?.code).toBe("L0732");
          expect(summary.failure).toBeUndefined();
        },
      ),
      // a new file has no room, though the row in the old one would have
      { numRuns: 25, examples: [[4038, 3000]] },
    );
  });

  test("deletes the oldest files: the last rows are there, in order, below the limit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 12_000, max: 40_000 }),
        fc.integer({ min: 4000, max: 6000 }),
        async (bytes, part) => {
          const limits: Limits = { max_disk: { bytes, when_full: "drop_oldest" }, split: { bytes: part } };
          const { parts, summary } = await record(limits, 120);
          expect(parts.reduce((sum, p) => sum + p.bytes, 0)).toBeLessThanOrEqual(bytes);
          const rows = parts.flatMap(({ sequences }) => sequences);
          expect(rows).toEqual(upTo(120, 120 - rows.length));
          expect(rows.length).toBeGreaterThan(2);
          expect(summary).toMatchObject({
            rows: rows.length,
            deleted: 120 - rows.length,
            dropped: 0,
            state: "recording",
          });
          expect(summary.files).toEqual(parts.map(({ name }) => name));
        },
      ),
      { numRuns: 25 },
    );
  });

  test("a part that has grown over it in its time is ended early, so that it can go", async () => {
    const limits: Limits = { max_disk: { bytes: 12_000, when_full: "drop_oldest" }, split: { time_ns: 1e12 } };
    const { parts, summary } = await record(limits, 60);
    expect(parts.reduce((sum, p) => sum + p.bytes, 0)).toBeLessThanOrEqual(12_000);
    expect(parts.at(-1)!.sequences.at(-1)).toBe(59);
    expect(summary.dropped).toBe(0);
  });

  test("one row that is larger than everything fills it", async () => {
    const { summary } = await record({ max_disk: { bytes: 1000, when_full: "drop_oldest" }, split: { bytes: 500 } }, 3);
    expect(summary).toMatchObject({ rows: 0, state: "full", dropped: 6 });
  });
});

test("a disk that fails in a later file leaves the earlier ones whole, and starts no more", async () => {
  const { parts, summary } = await record({ split: { time_ns: 1e8 } }, 40, {
    faults: (part) => (part === 1 ? { failAt: 3 } : {}),
  });
  expect(parts.map(({ name, scan }) => [name, scan.whole])).toEqual([
    ["r-0001.mcap", true],
    ["r-0001.1.mcap", false],
  ]);
  expect(summary).toMatchObject({ state: "full", failure: { code: "L0702" } });
  const kept = parts.flatMap(({ sequences }) => sequences);
  expect(kept).toEqual(upTo(kept.length));
  expect(summary.drops.a).toEqual({ "disk full": 40 - kept.length });
  expect(summary.rows).toBe(kept.length);
});

test("a file that cannot be made fails when it is written, and takes nobody along", async () => {
  const file = laterFile("x.mcap", () => Promise.reject(Object.assign(new Error("EACCES: no"), { code: "EACCES" })));
  const recorder = createRecorder(HEADER, PORTS, mcapLog(file));
  recorder.row(row(0));
  expect(await recorder.close()).toMatchObject({
    files: [],
    rows: 0,
    state: "failed",
    drops: { a: { failed: 1 }, b: { failed: 1 } },
  });
});

test("acknowledgements are added up over the files", async () => {
  const { first, more } = folder();
  const recorder = createRecorder(HEADER, PORTS, partedLog(mcapLog, first, more, { split: { time_ns: 1e8 } }));
  const told: object[] = [];
  recorder.acks.subscribe((acks) => told.push(acks));
  for (let i = 0; i < 25; i++) recorder.row(row(i));
  await recorder.close();
  expect(told[0]).toEqual({ accepted: 0, written: 0, durable: 0, dropped: 0 });
  expect(told.at(-1)).toEqual({ accepted: 50, written: 50, durable: 50, dropped: 0 });
});
