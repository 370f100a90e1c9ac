/** Recordings of other programs into a graph and out of none: values, times, orders, units, and what is told when it fails. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LimbeckError, type Problem } from "../../src/problem/problem.js";
import { type ImportOptions, type ImportResult, importRecording } from "../../src/project/import.js";
import { loadGraph } from "../../src/project/load.js";
import { replay } from "../../src/project/simulate.js";
import { openFile } from "../../src/record/mcap/file.js";
import { type RecordedMessage, readMessages, scanRecording } from "../../src/record/reader.js";
import { type FixtureChannel, jsonChannel, writeMcap } from "../support/foreign.js";

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-import-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text?: string): string => {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
};

const T0 = 1_700_000_000_000_000_000n;

const GRAPH = `
limbeck: 1
name: two
messages:
  Pose: {position: {tensor: [2], unit: m}, heading: {type: number, unit: rad, wraps: true}}
streams:
  in:
    pose: {message: Pose, simulate: w.pose, live: "udp://0.0.0.0:1"}
    level: {message: {type: number, minimum: 0, maximum: 10}, simulate: w.level, live: "udp://0.0.0.0:2"}
world:
  w: {component: source/csv, params: {path: none.csv, time: t, ports: {pose: {position: [x, y], heading: h}, level: l}}}
nodes:
  smooth: {component: filter/median, in: {value: level}}
`;

async function importIt(options: Partial<ImportOptions>) {
  const signal = new AbortController().signal;
  const result = await importRecording({
    home: join(folder, `home${count++}`),
    signal,
    onProgress: () => {},
    ...options,
  });
  return result!;
}

async function messagesOf({ file }: ImportResult): Promise<RecordedMessage[]> {
  const source = await openFile(file);
  const all: RecordedMessage[] = [];
  for await (const message of readMessages(source)) all.push(message);
  await source.close();
  return all;
}

async function problemsOf(work: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems;
    throw error;
  }
  return [];
}

/** `code at line:column: message` */
const told = (problems: readonly Problem[]) =>
  problems.map(({ code, place, message, help }) =>
    `${code} ${place?.line}:${place?.column} ${message.replaceAll(folder, "")} ${help ?? ""}`.trim(),
  );

describe("into a graph", () => {
  const load = () => loadGraph(file("two.graph.yaml", GRAPH));
  const bag = async (name: string, channels: readonly FixtureChannel[]) => {
    await writeMcap(file(name), channels);
    return file(name);
  };
  const pose = (x: number, deg: number) => ({
    pose: { x, y: -x, yaw: deg },
    header: { stamp: { sec: 1_700_000_000, nanosec: x * 1000 } },
  });

  test("fields by their paths, degrees made radians, tag and stamp from where the mapping says", async () => {
    const input = await bag("p.mcap", [
      jsonChannel("/robot/pose", [
        [T0 + 5000n, pose(1, 180)],
        [T0 + 9000n, pose(3, -90)],
      ]),
      jsonChannel("/level", [[T0 + 6000n, { data: 4 }]]),
    ]);
    const mapping = file(
      "p.map.yaml",
      `limbeck: 1
streams:
  pose:
    topic: /robot/pose
    time: {tag: log_time, stamp: header.stamp}
    offset: -1us
    fields: {position: [pose.x, pose.y], heading: {field: pose.yaw, unit: deg}}
  level: {fields: data}
`,
    );
    const into = await load();
    const result = await importIt({ input, mapping, into });
    expect(result).toMatchObject({ mode: "log", origin_ns: String(T0 + 4000n), messages: 3, span_ns: 4000 });
    expect(result.problems).toEqual([]);
    const found = await messagesOf(result);
    expect(
      found.map(({ port, tag_ns, stamp_ns, microstep, message }) => ({ port, tag_ns, stamp_ns, microstep, message })),
    ).toEqual([
      {
        port: "pose",
        tag_ns: 0,
        stamp_ns: -4000,
        microstep: 0,
        message: { position: Float64Array.of(1, -1), heading: Math.PI },
      },
      { port: "level", tag_ns: 2000, stamp_ns: 2000, microstep: 0, message: 4 },
      {
        port: "pose",
        tag_ns: 4000,
        stamp_ns: -2000,
        microstep: 0,
        message: { position: Float64Array.of(3, -3), heading: -Math.PI / 2 },
      },
    ]);
    const job = {
      home: join(folder, "replays"),
      signal: new AbortController().signal,
      onProgress: () => {},
      now: () => 0,
    };
    const [a, b] = [await replay(into, result.file, job), await replay(into, result.file, job)];
    expect(a.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(b.digest).toBe(a.digest);
  });

  test("a topic of a stream's name needs no mapping; a stream without one is told", async () => {
    const input = await bag("q.mcap", [
      jsonChannel("level", [
        [T0, 1],
        [T0, 2],
        [T0 + 7n, 3],
      ]),
    ]);
    const result = await importIt({ input, into: await load() });
    expect((await messagesOf(result)).map(({ tag_ns, microstep, message }) => [tag_ns, microstep, message])).toEqual([
      [0, 0, 1],
      [0, 1, 2],
      [7, 0, 3],
    ]);
    expect(told(result.problems)).toEqual([
      "L0750 undefined:undefined `pose` gets no message: /q.mcap has no topic of this name",
    ]);
    const source = await openFile(result.file);
    const { channels, header } = await scanRecording(source);
    await source.close();
    expect(channels.map(({ port }) => port)).toEqual(["pose", "level"]);
    expect(header).toMatchObject({ mode: "log", graph: "two", origin_ns: T0 });
  });

  test("a burst longer than an instant holds goes on a nanosecond later, and keeps its order", async () => {
    const input = await bag("burst.mcap", [
      jsonChannel(
        "level",
        Array.from({ length: 1201 }, (_, i) => [T0, i % 10] as const),
      ),
    ]);
    const found = await messagesOf(await importIt({ input, into: await load() }));
    expect(found.map(({ message }) => message)).toEqual(Array.from({ length: 1201 }, (_, i) => i % 10));
    expect(found.at(-1)).toMatchObject({ tag_ns: 2, microstep: 200 });
    for (const [i, { tag_ns, microstep }] of found.slice(1).entries()) {
      const before = found[i]!;
      expect(tag_ns > before.tag_ns || (tag_ns === before.tag_ns && microstep > before.microstep)).toBe(true);
    }
  });

  test("every wrong name is told at once, where it stands, with the nearest", async () => {
    const input = await bag("r.mcap", [
      { ...jsonChannel("/robot/pose", [[T0, pose(1, 0)]]), schema: poseSchema },
      jsonChannel("/level", [[T0, 1]]),
    ]);
    const mapping = file(
      "r.map.yaml",
      `limbeck: 1
streams:
  poze: {topic: /level}
  level: {topic: /levle}
  pose:
    topic: /robot/pose
    time: {stamp: header.stmap}
    fields: {position: [pose.x, pose.z], heading: {field: pose.yaw, unit: m}}
`,
    );
    expect(told(await problemsOf(importIt({ input, mapping, into: await load() })))).toEqual([
      "L0744 3:3 `poze` is nothing in `two`, and no in-stream Did you mean `pose`?",
      "L0741 4:18 /r.mcap has no topic `/levle` Did you mean `/level`?",
      "L0742 7:19 `header` of topic `/robot/pose` has no field `stmap` Did you mean `header.stamp`?",
      "L0742 8:33 `pose` of topic `/robot/pose` has no field `z` Fields: `x`, `y`, `yaw`.",
    ]);
    writeFileSync(
      mapping,
      "limbeck: 1\nstreams:\n  pose: {topic: /robot/pose, fields: {position: [pose.x, pose.y], heading: {field: pose.yaw, unit: m}}}\n",
    );
    expect(told(await problemsOf(importIt({ input, mapping, into: await load() })))).toEqual([
      "L0751 3:76 `heading` is in `m`, and `pose` wants `rad`: these are different quantities Look at the unit in the mapping, and at that in the stream's message type.",
    ]);
    writeFileSync(
      mapping,
      "limbeck: 1\nstreams:\n  pose: {topic: /robot/pose, fields: {position: header, heading: pose.yaw}}\n  level: {topik: /level}\n",
    );
    expect(told(await problemsOf(importIt({ input, mapping, into: await load() })))).toEqual([
      "L0111 4:11 `level` has no key `topik` Did you mean `topic`?",
    ]);
    writeFileSync(
      mapping,
      "limbeck: 1\nstreams:\n  pose: {topic: /robot/pose, fields: {position: header, heading: pose.yaw}}\n",
    );
    expect(told(await problemsOf(importIt({ input, mapping, into: await load() })))).toEqual([
      "L0749 3:49 `position` is {stamp} in the recording, and `pose` wants a tensor of [2]",
    ]);
    writeFileSync(
      mapping,
      `limbeck: 1\nrecordings: {bag: {path: ${JSON.stringify(input)}}, other: {path: ${JSON.stringify(input)}}}\nstreams:\n  level: {from: bagg, topic: /level}\n`,
    );
    expect(told(await problemsOf(importIt({ mapping, into: await load() })))).toEqual([
      "L0754 4:17 the mapping has no recording `bagg` Did you mean `bag`?",
    ]);
  });

  test("what does not fit is refused where it stands, or left out and counted", async () => {
    const values = [1, 11, "many", 3, null];
    const input = await bag("s.mcap", [
      jsonChannel(
        "level",
        values.map((value, i) => [T0 + BigInt(i), value]),
      ),
    ]);
    const mapping = (unfit: string) => file("s.map.yaml", `limbeck: 1\nstreams:\n  level: {unfit: ${unfit}}\n`);
    expect(told(await problemsOf(importIt({ input, mapping: mapping("refuse"), into: await load() })))).toEqual([
      expect.stringMatching(/^L0745 3:3 .*s.mcap, message 2: no message of `level`: must be <= 10/),
    ]);
    const result = await importIt({ input, mapping: mapping("drop"), into: await load() });
    expect(result.streams).toMatchObject([{ stream: "level", found: 5, imported: 2, unfit: 3, late: 0 }]);
    expect(told(result.problems.filter(({ code }) => code === "L0748"))).toEqual([
      expect.stringMatching(
        /`level`: 3 of 5 messages left out, not of the stream's type \(`unfit: drop`\) \(the first: message 2, /,
      ),
    ]);
  });
});

const poseSchema = {
  name: "Pose",
  encoding: "jsonschema",
  data: new TextEncoder().encode(
    JSON.stringify({
      type: "object",
      properties: {
        pose: { type: "object", properties: { x: { type: "number" }, y: { type: "number" }, yaw: { type: "number" } } },
        header: {
          type: "object",
          properties: {
            stamp: { type: "object", properties: { sec: { type: "integer" }, nanosec: { type: "integer" } } },
          },
        },
      },
    }),
  ),
};

describe("stamps out of order", () => {
  const table = () => file("late.csv", "t,v\n0.0,0\n0.2,2\n0.1,1\n0.3,3\n0.25,2.5\n");
  const mapped = (order: string) =>
    file("late.map.yaml", `limbeck: 1\nrecording: late.csv\norder: ${order}\nstreams: {v: {time: t, fields: v}}\n`);
  const values = async (order: string) => {
    table();
    const result = await importIt({ mapping: mapped(order) });
    return { result, values: (await messagesOf(result)).map(({ tag_ns, message }) => [tag_ns / 1e9, message]) };
  };

  test("refused, with the place and the two times", async () => {
    table();
    expect(told(await problemsOf(importIt({ mapping: mapped("refuse") })))).toEqual([
      expect.stringMatching(
        /^L0746 4:11 .*late.csv, line 4: the stamp of `v` goes back from 0.200000000 s to 0.100000000 s/,
      ),
    ]);
  });

  test("dropped, and counted", async () => {
    const { result, values: found } = await values("drop");
    expect(found).toEqual([
      [0, 0],
      [0.2, 2],
      [0.3, 3],
    ]);
    expect(result.streams).toMatchObject([{ found: 5, imported: 3, late: 2 }]);
    expect(result.problems.map(({ code }) => code)).toEqual(["L0748"]);
  });

  test("sorted within the window", async () => {
    const { result, values: found } = await values("{sort: 150ms}");
    expect(found).toEqual([
      [0, 0],
      [0.1, 1],
      [0.2, 2],
      [0.25, 2.5],
      [0.3, 3],
    ]);
    expect(result.problems).toEqual([]);
  });

  test("later than the window: refused, with the window that would do", async () => {
    file("late.csv", "t,v\n0.0,0\n0.2,2\n0.3,3\n0.1,1\n");
    expect(told(await problemsOf(importIt({ mapping: mapped("{sort: 20ms}") })))).toEqual([
      expect.stringMatching(
        /^L0747 4:11 .*line 5: `v` cannot be sorted: it is 200 ms older than the youngest before it Declare a window longer than 200ms/,
      ),
    ]);
    const result = await importIt({ mapping: mapped("{sort: 201ms}") });
    expect((await messagesOf(result)).map(({ message }) => message)).toEqual([0, 1, 2, 3]);
  });

  test("an earlier message of another stream makes the origin, and nothing is lost", async () => {
    await writeMcap(file("two.mcap"), [
      jsonChannel("/a", [
        [T0, { t: 5 }],
        [T0 + 2n, { t: 6 }],
      ]),
      jsonChannel("/b", [[T0 + 1n, { t: 4.5 }]]),
    ]);
    const mapping = file("two.map.yaml", "limbeck: 1\nrecording: two.mcap\nstreams: {a: {time: t}, b: {time: t}}\n");
    const result = await importIt({ mapping });
    expect(result).toMatchObject({ origin_ns: "4500000000", messages: 3 });
    expect((await messagesOf(result)).map(({ port, tag_ns }) => [port, tag_ns])).toEqual([
      ["a", 500_000_000],
      ["b", 0],
      ["a", 1_500_000_000],
    ]);
    writeFileSync(mapping, "limbeck: 1\nrecording: two.mcap\norigin: 5\nstreams: {a: {time: t}, b: {time: t}}\n");
    const cut = await importIt({ mapping });
    expect(cut.streams).toMatchObject([
      { stream: "a", imported: 2, early: 0 },
      { stream: "b", imported: 0, early: 1 },
    ]);
    expect(cut.problems.map(({ code }) => code)).toContain("L0748");
  });
});

describe("without a graph", () => {
  test("types are those of the values: tensors, optional fields, units, names that no field may have", async () => {
    await writeMcap(file("any.mcap"), [
      jsonChannel("/robot/state", [
        [
          T0,
          {
            q: [1, 2],
            grid: [
              [1, 2],
              [3, 4],
            ],
            n: 1,
            "joint-1": true,
            constructor: "x",
            list: [1],
          },
        ],
        [
          T0 + 10n,
          {
            q: [3, 4],
            grid: [
              [5, 6],
              [7, 8],
            ],
            n: 2,
            "joint-1": false,
            constructor: "y",
            list: [1, 2],
            note: "late",
          },
        ],
      ]),
    ]);
    const result = await importIt({ input: file("any.mcap") });
    expect(result).toMatchObject({ mode: "messages", messages: 2, origin_ns: String(T0) });
    const [{ stream, type }] = result.streams as [ImportResult["streams"][0]];
    expect(stream).toBe("robot/state");
    expect(type).toMatchObject({
      required: ["constructor_", "grid", "joint_1", "list", "n", "q"],
      properties: {
        q: { tensor: [2], dtype: "float64" },
        grid: { tensor: [2, 2] },
        list: { type: "array", items: { type: "number" }, minItems: 1, maxItems: 2 },
        joint_1: { type: "boolean" },
        note: { type: "string" },
      },
    });
    const found = await messagesOf(result);
    expect(found.map(({ message }) => message)).toEqual([
      {
        q: Float64Array.of(1, 2),
        grid: Float64Array.of(1, 2, 3, 4),
        n: 1,
        joint_1: true,
        constructor_: "x",
        list: [1],
      },
      {
        q: Float64Array.of(3, 4),
        grid: Float64Array.of(5, 6, 7, 8),
        n: 2,
        joint_1: false,
        constructor_: "y",
        list: [1, 2],
        note: "late",
      },
    ]);
  });

  test("a table needs its time, and says which column it may be", async () => {
    const input = file("log.csv", "speed,t_ms,who\n1,1000,a\n,1010.5,b\nnan,1020,c\n");
    expect(told(await problemsOf(importIt({ input })))).toEqual([
      expect.stringMatching(/^L0752 .*log.csv has no times of its own.*`time: t_ms`/),
    ]);
    const result = await importIt({ input, time: "t_ms:ms" });
    expect((await messagesOf(result)).map(({ tag_ns, message }) => [tag_ns, message])).toEqual([
      [0, { speed: 1, t_ms: 1000, who: "a" }],
      [10_500_000, { t_ms: 1010.5, who: "b" }],
      [20_000_000, { speed: Number.NaN, t_ms: 1020, who: "c" }],
    ]);
    expect(result.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "L0753 `log`: 1 numbers are NaN or infinite, and kept",
    ]);
  });

  test("a recording of Limbeck's is one like any other", async () => {
    const input = file("own.csv", "t,v\n0,1\n1,2\n");
    const first = await importIt({ input, time: "t" });
    const again = await importIt({ input: first.file });
    expect((await messagesOf(again)).map(({ message }) => message)).toEqual(
      (await messagesOf(first)).map(({ message }) => message),
    );
  });

  test("an interrupt leaves nothing behind, and no file is written over", async () => {
    const input = file("long.csv", `t,v\n${Array.from({ length: 5000 }, (_, i) => `${i},${i}`).join("\n")}\n`);
    const ended = new AbortController();
    const home = join(folder, "interrupted");
    const onProgress = ({ phase, done }: { phase: string; done: number }) => {
      if (phase.startsWith("importing") && done > 0) ended.abort();
    };
    const result = await importRecording({ input, time: "t", home, signal: ended.signal, onProgress });
    expect(result).toBeUndefined();
    expect(existsSync(join(home, "recordings")) ? readdirSync(join(home, "recordings")) : []).toEqual([]);
    const output = file("there.mcap", "mine");
    expect((await problemsOf(importIt({ input, time: "t", output }))).map(({ code }) => code)).toEqual(["L0755"]);
  });
});
