/** Recordings that were made separately, filtered by what they agree on: which ports, which rows, what is missing. */
import { describe, expect, test } from "vitest";
import type { AgreeContext } from "../../../src/component/recorder/consensus.js";
import { ConsensusRecorder } from "../../../src/component/recorder/consensus.js";
import type { Message, MessageSchema } from "../../../src/message/type.js";
import { type FilterOptions, filterRecordings } from "../../../src/record/consensus/filter.js";
import type { FilterSource } from "../../../src/record/consensus/source.js";
import type { RecordingHeader, Role } from "../../../src/record/layout.js";
import { bytesSource } from "../../../src/record/mcap/file.js";
import { createRecorder } from "../../../src/record/recorder.js";
import { mcapLog, memoryLog } from "../../../src/record/sink.js";
import { problemsOf } from "../../support/graphs.js";
import { memoryFile } from "../../support/memory-file.js";

const number: MessageSchema = { type: "number" };
/** `[ms, value, stamp in ms?]` of each port. */
type Said = { readonly [port: string]: readonly (readonly [number, Message, number?])[] };
interface Setting extends Partial<RecordingHeader> {
  readonly roles?: { readonly [port: string]: Role };
  readonly type?: MessageSchema;
  readonly episodes?: (tag_ms: number) => number;
}

const ns = (ms: number) => Math.round(ms * 1e6);

/** A recording of messages, in the order of their tags unless they are told to stay in that of the ports. */
async function recording(label: string, said: Said, setting: Setting = {}): Promise<FilterSource> {
  const { roles = {}, type = number, episodes, ...header } = setting;
  const file = memoryFile(label);
  const ports = Object.keys(said).map((port) => ({ port, role: roles[port] ?? "output", schema: type }) as const);
  const head = { name: label, mode: "messages", graph: "g", digest: "d", seed: 1, ...header } as const;
  const recorder = createRecorder(head, ports, mcapLog(file));
  const messages = Object.entries(said).flatMap(([port, list]) =>
    list.map(([ms, value, stamp = ms]) => ({ port, ms, value, stamp })),
  );
  for (const { port, ms, value, stamp } of messages.toSorted((a, b) => a.ms - b.ms))
    recorder.message(port, ns(ms), 0, ns(stamp), value, episodes?.(ms));
  await recorder.close();
  return { label, files: [bytesSource(`${label}.mcap`, file.bytes())] };
}

async function filtered(sources: readonly FilterSource[], options: Partial<FilterOptions> = {}) {
  const log = memoryLog();
  const summary = await filterRecordings(sources, { as: "r", ...options }, log);
  const rows = new Map<number, { [port: string]: unknown }>();
  for (const { sequence, tag_ns, port, message } of log.messages)
    rows.set(sequence, { at: tag_ns / 1e6, ...rows.get(sequence), [port]: message });
  return { summary, rows: [...rows.values()], log };
}

const other = { digest: "e" };

describe("which ports", () => {
  test("outputs of one name in recordings of different runs, each called after its recording", async () => {
    const a = await recording("a", { x: [[0, 1]], y: [[0, 5]] });
    const b = await recording("b", { x: [[0, 2]], z: [[0, 5]] }, other);
    const { summary, rows } = await filtered([a, b]);
    expect(summary.groups).toEqual([["a/x", "b/x"]]);
    expect(rows).toEqual([{ at: 0, "a/x": 1, y: 5, "b/x": 2, z: 5 }]);
  });

  test("all outputs, where no name comes twice", async () => {
    const a = await recording("a", { x: [[0, 1]] });
    const b = await recording("b", { y: [[0, 2]] });
    expect((await filtered([a, b])).rows).toEqual([{ at: 0, x: 1, y: 2 }]);
  });

  test("a port that recordings of one run share is in the row once", async () => {
    const roles = { t: "input" } as const;
    const a = await recording("a", { t: [[0, 9]], x: [[0, 1]] }, { roles });
    const b = await recording("b", { t: [[0, 9]], y: [[0, 2]] }, { roles });
    expect((await filtered([a, b])).rows).toEqual([{ at: 0, t: 9, x: 1, y: 2 }]);
    const c = await recording("b", { t: [[0, 9]], y: [[0, 2]] }, { roles, ...other });
    expect((await filtered([a, c])).rows).toEqual([{ at: 0, "a/t": 9, "b/t": 9, x: 1, y: 2 }]);
  });

  test("one recording held against itself agrees with itself, NaN and all", async () => {
    const a = await recording("a", {
      x: [
        [0, 1],
        [1, Number.NaN],
        [2, -0],
      ],
    });
    expect((await filtered([a, { ...a, label: "b" }])).rows).toEqual([]);
    expect((await filtered([a], { consensus: { ports: [["x", "x"]] } })).rows).toEqual([]);
    const { rows } = await filtered([a, { ...a, label: "b" }], { consensus: { keep: "matches" } });
    expect(rows.map(({ at }) => at)).toEqual([0, 1, 2]);
  });

  test("a name alone means the port in every recording that has it; with its label, that one", async () => {
    const [a, b, c] = [
      await recording("a", { x: [[0, 1]], y: [[0, 1]] }),
      await recording("b", { x: [[0, 1]], y: [[0, 2]] }, other),
      await recording("c", { x: [[0, 3]] }, { digest: "f" }),
    ];
    const groups = async (...ports: string[][]) => (await filtered([a, b, c], { consensus: { ports } })).summary.groups;
    expect(await groups(["x"])).toEqual([["a/x", "b/x", "c/x"]]);
    expect(await groups(["a/x", "c/x"])).toEqual([["a/x", "c/x"]]);
    expect(await groups(["a/x", "c/x"], ["y"])).toEqual([
      ["a/x", "c/x"],
      ["a/y", "b/y"],
    ]);
  });

  test("a field of a message, and only the ports that are wanted", async () => {
    const type: MessageSchema = { type: "object", properties: { p: number, q: number }, required: ["p", "q"] };
    const a = await recording(
      "a",
      {
        x: [
          [0, { p: 1, q: 1 }],
          [1, { p: 1, q: 2 }],
        ],
        more: [[0, { p: 0, q: 0 }]],
      },
      { type },
    );
    const b = await recording(
      "b",
      {
        y: [
          [0, { p: 2, q: 1 }],
          [1, { p: 2, q: 1 }],
        ],
      },
      { type },
    );
    const { rows } = await filtered([a, b], { consensus: { ports: [["x:q", "y:q"]] }, only: [] });
    expect(rows).toEqual([{ at: 1, x: { p: 1, q: 2 }, y: { p: 2, q: 1 } }]);
  });

  test.each<[string, FilterOptions["consensus"], string]>([
    ["a port of no recording", { ports: [["x", "nowhere"]] }, "L0763"],
    ["a name that several have, beside another", { ports: [["x", "y"]] }, "L0763"],
    ["a port that one alone has", { ports: [["y"]] }, "L0764"],
    ["a tolerance for what is not there", { ports: [["x"]], tolerance: { fields: { z: 1 } } }, "L0762"],
  ])("%s is refused", async (_, consensus, code) => {
    const a = await recording("a", { x: [[0, 1]], y: [[0, 1]] });
    const b = await recording("b", { x: [[0, 1]] }, other);
    expect((await problemsOf(filtered([a, b], { consensus: consensus! }))).map((p) => p.code)).toEqual([code]);
  });

  test("types that are not alike are refused; left to itself, nothing is compared", async () => {
    const a = await recording("a", { x: [[0, 1]] });
    const b = await recording("b", { y: [[0, true]] }, { type: { type: "boolean" } });
    expect((await problemsOf(filtered([a, b])))[0]!.code).toBe("L0764");
    expect((await problemsOf(filtered([a, b], { consensus: { ports: [["x", "y"]] } })))[0]!.code).toBe("L0761");
  });
});

describe("by tag", () => {
  test("rows that lack a port are counted by what they lack", async () => {
    const a = await recording("a", {
      x: [
        [0, 1],
        [1, 1],
        [3, 1],
        [4, 1],
      ],
    });
    const b = await recording("b", {
      y: [
        [0, 2],
        [2, 2],
        [4, 1],
        [5, 1],
        [6, 1],
      ],
    });
    const { summary, rows } = await filtered([a, b], { consensus: { keep: "all" } });
    expect(rows.map(({ at }) => at)).toEqual([0, 4]);
    expect(summary).toMatchObject({ complete: 2, rows: 2, incomplete: { "no y": 2, "no x": 3 } });
  });

  test("inputs hold their last values, outputs have to speak", async () => {
    const a = await recording(
      "a",
      {
        t: [
          [1, 7],
          [3, 8],
          [4, 9],
        ],
        x: [
          [0, 1],
          [2, 1],
          [4, 1],
          [5, 1],
        ],
        y: [
          [0, 2],
          [2, 2],
          [4, 2],
          [5, 2],
        ],
      },
      { roles: { t: "input" } },
    );
    const { summary, rows } = await filtered([a]);
    expect(rows).toEqual([
      { at: 2, t: 7, x: 1, y: 2 },
      { at: 4, t: 9, x: 1, y: 2 },
      { at: 5, t: 9, x: 1, y: 2 },
    ]);
    expect(summary.incomplete).toEqual({ "no t": 1 });
  });

  test("three recordings, each against the median", async () => {
    const made = await Promise.all(
      [
        [1, 1],
        [1.4, 1],
        [1.8, 2],
      ].map((values, i) => recording(`r${i}`, { [`x${i}`]: values.map((v, at) => [at, v]) })),
    );
    const rows = async (against: "each" | "median") =>
      (await filtered(made, { consensus: { tolerance: 0.5, against } })).rows.map(({ at }) => at);
    expect(await rows("each")).toEqual([0, 1]);
    expect(await rows("median")).toEqual([1]);
  });

  test("a recording whose tags go back is refused", async () => {
    const file = memoryFile();
    const recorder = createRecorder(
      { name: "a", mode: "messages", graph: "g", digest: "d", seed: 1 },
      ["x", "y"].map((port) => ({ port, role: "output", schema: number }) as const),
      mcapLog(file),
    );
    for (const tag of [2, 1]) for (const port of ["x", "y"]) recorder.message(port, ns(tag), 0, ns(tag), tag);
    await recorder.close();
    const source = { label: "a", files: [bytesSource("a.mcap", file.bytes())] };
    expect((await problemsOf(filtered([source])))[0]).toMatchObject({ code: "L0765" });
    const asof = { direction: "nearest", tolerance_ns: 0 } as const;
    const { rows } = await filtered([source], { asof, consensus: { keep: "matches" } });
    expect(rows).toEqual([
      { at: 1, x: 1, y: 1 },
      { at: 2, x: 2, y: 2 },
    ]);
  });

  test("parts of one recording are read one after the other", async () => {
    const [first, second] = [
      await recording("a", { x: [[0, 1]], y: [[0, 2]] }),
      await recording("a", { x: [[1, 1]], y: [[1, 3]] }),
    ];
    const { rows } = await filtered([{ label: "a", files: [...first.files, ...second.files] }]);
    expect(rows.map(({ y }) => y)).toEqual([2, 3]);
  });

  test("episodes stay what they were", async () => {
    const episodes = (ms: number) => Math.floor(ms / 2);
    const a = await recording(
      "a",
      {
        x: [
          [0, 1],
          [1, 1],
          [2, 1],
          [3, 1],
        ],
      },
      { episodes },
    );
    const b = await recording(
      "b",
      {
        y: [
          [0, 1],
          [1, 2],
          [2, 2],
          [3, 2],
        ],
      },
      { episodes },
    );
    const file = memoryFile();
    await filterRecordings([a, b], { as: "r" }, mcapLog(file));
    const { scanRecording } = await import("../../../src/record/reader.js");
    const { episodes: marks } = await scanRecording(bytesSource("r.mcap", file.bytes()));
    expect(marks.map(({ tag_ns }) => tag_ns / 1e6)).toEqual([1, 2]);
  });

  test("a class of one's own says what agreement is", async () => {
    class Signs extends ConsensusRecorder {
      override agree(a: Message, b: Message, { close }: AgreeContext<never>) {
        return Math.sign(Number(a)) === Math.sign(Number(b)) || close(a, b);
      }
    }
    const a = await recording("a", {
      x: [
        [0, 1],
        [1, -1],
      ],
      y: [
        [0, 2],
        [1, 1],
      ],
    });
    expect((await filtered([a], { recorder: Signs })).rows).toEqual([{ at: 1, x: -1, y: 1 }]);
  });
});

describe("by stamp", () => {
  const left: Said = {
    x: [
      [10, 1],
      [20, 2],
      [30, 3],
      [40, 4],
    ],
  };
  const right: Said = {
    y: [
      [12, 1, 11],
      [21, 9, 19.5],
      [36, 3, 35],
      [52, 4, 51],
    ],
  };
  const joined = async (direction: "backward" | "forward" | "nearest", tolerance_ms: number, anchor?: string) => {
    const sources = [await recording("a", left), await recording("b", right, other)];
    const asof = { direction, tolerance_ns: ns(tolerance_ms), ...(anchor === undefined ? {} : { anchor }) };
    return filtered(sources, { asof, consensus: { keep: "all" } });
  };

  test.each<["backward" | "forward" | "nearest", number, [number, number, number][], object]>([
    [
      "nearest",
      2,
      [
        [10, 1, 1],
        [20, 2, 9],
      ],
      { "y outside the tolerance": 2 },
    ],
    [
      "backward",
      100,
      [
        [20, 2, 9],
        [30, 3, 9],
        [40, 4, 3],
      ],
      { "no y yet": 1 },
    ],
    [
      "forward",
      6,
      [
        [10, 1, 1],
        [30, 3, 3],
      ],
      { "y younger than the tolerance": 2 },
    ],
    ["nearest", 0, [], { "y outside the tolerance": 4 }],
  ])("%s within %d ms", async (direction, tolerance, expected, incomplete) => {
    const { rows, summary } = await joined(direction, tolerance);
    expect(rows).toEqual(expected.map(([at, x, y]) => ({ at, x, y })));
    expect(summary.incomplete).toEqual(incomplete);
  });

  test("each message of the anchor makes a row, at its tag, with the stamps as they were", async () => {
    const { rows, log } = await joined("nearest", 5, "y");
    expect(rows).toEqual([
      { at: 12, x: 1, y: 1 },
      { at: 21, x: 2, y: 9 },
      { at: 36, x: 3, y: 3 },
    ]);
    expect(log.messages.map(({ stamp_ns }) => stamp_ns / 1e6)).toEqual([10, 11, 20, 19.5, 30, 35]);
  });

  test("one message may be in several rows, and messages may come in any order of stamps", async () => {
    const a = await recording("a", {
      x: [
        [1, 1, 30],
        [2, 2, 10],
        [3, 3, 20],
      ],
    });
    const b = await recording(
      "b",
      {
        y: [
          [1, 8, 21],
          [2, 9, 9],
        ],
      },
      other,
    );
    const { rows } = await filtered([a, b], { asof: { direction: "nearest", tolerance_ns: ns(10) } });
    expect(rows).toEqual([
      { at: 2, x: 2, y: 9 },
      { at: 3, x: 3, y: 8 },
      { at: 1, x: 1, y: 8 },
    ]);
  });

  test("inputs that are not compared stand beside with their last values", async () => {
    const a = await recording("a", { t: [[0, 7]], x: [[10, 1]] }, { roles: { t: "input" } });
    const b = await recording("b", { y: [[11, 2]] }, other);
    const { rows } = await filtered([a, b], { asof: { direction: "forward", tolerance_ns: ns(2) } });
    expect(rows).toEqual([{ at: 10, t: 7, x: 1, y: 2 }]);
  });

  test("an anchor that is no port is refused", async () => {
    expect((await problemsOf(joined("nearest", 1, "z")))[0]!.code).toBe("L0763");
  });
});
