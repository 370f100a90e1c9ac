import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtinTypes } from "../../src/message/builtin.js";
import { recordingInfo } from "../../src/record/info.js";
import type { RecordedPort, RecordingHeader } from "../../src/record/layout.js";
import { bytesSource, createFile, openFile } from "../../src/record/mcap/file.js";
import { readMessages } from "../../src/record/reader.js";
import { createRecorder } from "../../src/record/recorder.js";
import { mcapLog, memoryLog } from "../../src/record/sink.js";
import { faultyFile } from "../support/faulty-file.js";

const SPEC: RecordingHeader = { name: "reach", mode: "rows", anchor: "controller", graph: "arm", digest: "d", seed: 1 };
const PORTS: readonly RecordedPort[] = [
  { port: "target", role: "input", schema: builtinTypes.Vector2! },
  { port: "controller.torque", role: "output", schema: builtinTypes.Vector2! },
];
const vector = (x: number) => new Float64Array([x, -x]);
const row = (i: number, ports = ["target", "controller.torque"]) => ({
  tag_ns: i * 1e7,
  microstep: 0,
  entries: ports.map((port) => ({ port, stamp_ns: i * 1e7 - 5, message: vector(i) })),
});
const sequences = (log: ReturnType<typeof memoryLog>, port = "target") =>
  log.messages.filter((m) => m.port === port).map((m) => [m.sequence, m.tag_ns / 1e7]);

describe("rows", () => {
  test("a complete row is one message a port, all with the row's number", async () => {
    const log = memoryLog();
    const recorder = createRecorder(SPEC, PORTS, log);
    for (let i = 0; i < 3; i++) recorder.row(row(i));
    expect(await recorder.close()).toStrictEqual({
      name: "reach",
      file: "memory",
      files: ["memory"],
      rows: 3,
      messages: 6,
      incomplete: {},
      dropped: 0,
      drops: {},
      deleted: 0,
      bytes: 0,
      state: "recording",
    });
    expect(log.header).toStrictEqual(SPEC);
    expect(sequences(log)).toStrictEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(sequences(log, "controller.torque")).toStrictEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(log.messages[1]).toStrictEqual({
      port: "controller.torque",
      sequence: 0,
      tag_ns: 0,
      microstep: 0,
      stamp_ns: -5,
      message: vector(0),
    });
  });

  test("an incomplete row is counted by what it lacks, and takes no number", async () => {
    const log = memoryLog();
    const recorder = createRecorder(SPEC, PORTS, log);
    recorder.row(row(0, ["controller.torque"]));
    recorder.row(row(1));
    recorder.row(row(2, ["target"]));
    recorder.row(row(3, []));
    recorder.incomplete("skipped");
    expect(await recorder.close()).toMatchObject({
      rows: 1,
      incomplete: { "no target": 2, "no controller.torque": 1, skipped: 1 },
    });
    expect(sequences(log)).toStrictEqual([[0, 1]]);
  });

  test("rows of one episode carry its mark, numbered as they are written", async () => {
    const log = memoryLog();
    const recorder = createRecorder(SPEC, PORTS, log);
    for (const [i, episode] of [0, 0, 3, 3, 7].entries()) recorder.row(row(i), episode);
    await recorder.close();
    expect(log.episodes).toStrictEqual([
      { index: 0, sequence: 0, tag_ns: 0 },
      { index: 1, sequence: 2, tag_ns: 2e7 },
      { index: 2, sequence: 4, tag_ns: 4e7 },
    ]);
  });

  test("a paused recorder lets rows go by, and counts them", async () => {
    const log = memoryLog();
    const recorder = createRecorder(SPEC, PORTS, log);
    const states: string[] = [];
    recorder.life.subscribe(({ state }) => states.push(state));
    recorder.row(row(0));
    recorder.pause();
    recorder.row(row(1));
    recorder.row(row(2));
    recorder.resume();
    recorder.row(row(3));
    expect(await recorder.close()).toMatchObject({ rows: 2, incomplete: { paused: 2 }, dropped: 0 });
    expect(states).toStrictEqual(["armed", "recording", "paused", "armed", "recording"]);
    expect(sequences(log)).toStrictEqual([
      [0, 0],
      [1, 3],
    ]);
  });

  test("closing twice writes once", async () => {
    const file = faultyFile();
    const recorder = createRecorder(SPEC, PORTS, mcapLog(file));
    recorder.row(row(0));
    expect(await recorder.close()).toBe(await recorder.close());
  });
});

test("messages are numbered as they come", async () => {
  const log = memoryLog();
  const recorder = createRecorder({ ...SPEC, mode: "messages" }, PORTS, log);
  recorder.message("target", 10, 1, 9, vector(1));
  recorder.message("controller.torque", 20, 0, 20, vector(2));
  recorder.message("elsewhere", 30, 0, 30, vector(3));
  expect(await recorder.close()).toMatchObject({ rows: 0, messages: 2 });
  expect(log.messages.map(({ port, sequence, microstep }) => [port, sequence, microstep])).toStrictEqual([
    ["target", 0, 1],
    ["controller.torque", 1, 0],
  ]);
});

describe("on disk", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "limbeck-record-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  test("a recording is summed up", async () => {
    const path = join(dir, "reach.mcap");
    const recorder = createRecorder(SPEC, PORTS, mcapLog(await createFile(path)));
    for (let i = 0; i < 11; i++) recorder.row(row(i));
    recorder.row(row(11, ["target"]));
    const summary = await recorder.close();
    expect(summary).toMatchObject({ file: path, rows: 11, messages: 22, incomplete: { "no controller.torque": 1 } });
    expect(summary.bytes).toBe((await readFile(path)).length);

    const source = await openFile(path);
    const info = await recordingInfo(source);
    await source.close();
    expect(info).toMatchObject({
      whole: true,
      name: "reach",
      mode: "rows",
      anchor: "controller",
      graph: "arm",
      digest: "d",
      seed: 1,
      rows: 11,
      messages: 22,
      span_ns: 1e8,
      problems: [],
    });
    expect(info.channels).toStrictEqual(
      PORTS.map(({ port, role }) => ({
        port,
        role,
        type: "Vector2",
        messages: 11,
        first_tag_ns: 0,
        last_tag_ns: 1e8,
        rate_hz: 100,
      })),
    );
  });

  test("an existing file is not written over", async () => {
    const path = join(dir, "once.mcap");
    await (await createFile(path)).close();
    await expect(createFile(path)).rejects.toMatchObject({ code: "EEXIST" });
  });

  test("a file larger than the reading window is read as from memory", async () => {
    const path = join(dir, "large.mcap");
    const recorder = createRecorder({ ...SPEC, mode: "messages" }, PORTS, mcapLog(await createFile(path)));
    for (let i = 0; i < 30_000; i++) recorder.message("target", i, 0, i, vector(i));
    await recorder.close();
    const source = await openFile(path);
    expect(source.size).toBeGreaterThan(2 * 1024 * 1024);
    let n = 0;
    for await (const m of readMessages(source)) {
      if (m.sequence !== n || m.tag_ns !== n || (m.message as Float64Array)[0] !== n) throw new Error(`message ${n}`);
      n++;
    }
    await source.close();
    expect(n).toBe(30_000);
  });

  test("an unfinished recording says what it lost", async () => {
    const file = faultyFile();
    const recorder = createRecorder(SPEC, PORTS, mcapLog(file));
    for (let i = 0; i < 3; i++) recorder.row(row(i));
    await recorder.flush();
    const info = await recordingInfo(bytesSource("cut.mcap", Uint8Array.of(...file.bytes(), 6, 1)));
    expect(info).toMatchObject({ whole: false, messages: 6 });
    expect(info.rows).toBeUndefined();
    expect(info.problems.map((p) => `${p.severity} ${p.message}`)).toStrictEqual([
      "warning cut.mcap ends early; the last 2 bytes are no whole chunk and were left out",
    ]);
    await recorder.close();
  });

  describe("a disk that is full", () => {
    const SMALL = { chunkBytes: 200 };
    test("ends the recording and nothing else: drops by port and cause, live, and what was written is read", async () => {
      const file = faultyFile({ failAt: 4 });
      const recorder = createRecorder(SPEC, PORTS, mcapLog(file, SMALL));
      const states: string[] = [];
      recorder.life.subscribe(({ state, reason }) =>
        states.push(`${state}${reason === undefined ? "" : `: ${reason}`}`),
      );
      for (let i = 0; i < 20; i++) {
        recorder.row(row(i));
        await recorder.flush();
      }
      const live = recorder.drops();
      const summary = await recorder.close();
      const of = { "disk full": 20 - summary.rows };
      expect(live).toStrictEqual({ target: of, "controller.torque": of });
      expect(summary).toMatchObject({
        state: "full",
        drops: live,
        dropped: 2 * (20 - summary.rows),
        failure: { code: "L0702" },
      });
      expect(summary.warning).toMatchObject({
        code: "L0732",
        severity: "warning",
        message: `memory.mcap lacks ${summary.dropped} messages: ${of["disk full"]} of \`target\` (disk full), ${of["disk full"]} of \`controller.torque\` (disk full)`,
      });
      expect(states).toStrictEqual(["armed", "recording", expect.stringMatching(/^full: .*ENOSPC/)]);
      const read: number[] = [];
      for await (const { port, sequence } of readMessages(bytesSource("cut.mcap", file.bytes())))
        if (port === "target") read.push(sequence);
      expect(read).toStrictEqual(Array.from({ length: summary.rows }, (_, i) => i));
      expect(summary.rows).toBeGreaterThan(0);
    });

    test("one that fails otherwise is told apart", async () => {
      const file = faultyFile({ failSync: true });
      const recorder = createRecorder(SPEC, PORTS, mcapLog(file));
      recorder.row(row(0));
      expect(await recorder.close()).toMatchObject({ state: "failed", failure: { code: "L0702" } });
    });
  });
});
