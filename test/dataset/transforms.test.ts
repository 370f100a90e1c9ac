/** Transforms in datasets: episode-wise, counted, declared, and no history shared between splits. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../src/dataset/build.js";
import { type Dataset, openDataset, testView, trainingView, type View } from "../../src/dataset/open.js";
import type { BuildOptions } from "../../src/dataset/options.js";
import { mcapLog } from "../../src/record/sink.js";
import { faultyFile } from "../support/faulty-file.js";
import { joints, PORTS, recordMessages, recordRows, torque } from "./recordings.js";

let dir = "";
let recordings: string[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-transforms-"));
  recordings = await Promise.all([1, 2, 3].map((seed) => recordRows(join(dir, `${seed}.mcap`), 50, { seed })));
});
afterAll(() => rm(dir, { recursive: true }));

let made = 0;
const SPLIT = { by: "time", fractions: [0.6, 0.2, 0.2] } as const;
const build = async (options: Partial<BuildOptions> = {}) => {
  const out = join(dir, `dataset-${made++}`);
  const manifest = await buildDataset({
    recordings,
    out,
    split: { ...SPLIT, fractions: [...SPLIT.fractions] },
    ...options,
  });
  return { manifest, data: await openDataset(out) };
};
const SPEED = [{ name: "speed", of: { "velocity[0]": 1 } }];
/** Only `velocity[0]`, which is the number of the row in its episode. */
const speed = { kind: "flatten", port: "joints", columns: SPEED } as const;

/** Every row: its transformed inputs. */
async function rowsOf(data: Dataset): Promise<Map<number, number[]>> {
  const rows = new Map<number, number[]>();
  const read = async (view: View, split: "train" | "validation" | "test") => {
    const { width, data: values } = await view.matrix("inputs", split);
    let at = 0;
    for (const [from, to] of data.manifest.splits[split])
      for (let row = from; row < to; row++, at++) rows.set(row, [...values.subarray(at * width, (at + 1) * width)]);
  };
  const training = trainingView(data);
  await read(training, "train");
  await read(training, "validation");
  await read(testView(data), "test");
  return rows;
}

describe("transforms of a dataset", () => {
  test("history stays in its episode; rows without it, and those whose history is another split's, are left out", async () => {
    const { manifest, data } = await build({ transforms: { steps: [speed, { kind: "history", rows: 3 }] } });
    expect(manifest.transforms).toEqual({
      over: "rows",
      step_ns: 1e7,
      steps: [speed, { kind: "history", port: "joints", rows: 3 }],
    });
    expect(manifest.inputs[0]!.columns.map(({ name }) => name)).toEqual(["speed@-2", "speed@-1", "speed"]);
    expect(manifest.rows).toBe(3 * 48);
    expect(manifest.incomplete).toEqual({ "not enough history of joints": 6, "history in another split": 12 });
    expect(manifest.episodes.map(({ rows }) => rows)).toEqual([
      [0, 48],
      [48, 96],
      [96, 144],
    ]);
    const rows = await rowsOf(data);
    expect(rows.size).toBe(144 - 12);
    const used: { [split: string]: Set<string> } = { train: new Set(), validation: new Set(), test: new Set() };
    for (const [row, window] of rows) {
      const lineage = await data.lineage(row);
      const number = lineage.sequence;
      expect(window).toEqual([number - 2, number - 1, number]);
      for (const n of window) used[lineage.split!]!.add(`${lineage.recording.index} ${n}`);
    }
    for (const [a, b] of [
      ["train", "validation"],
      ["train", "test"],
      ["validation", "test"],
    ] as const)
      expect([...used[a]!].filter((moment) => used[b]!.has(moment))).toEqual([]);
  });

  test("padded, no row is left out at the beginning", async () => {
    const steps = [speed, { kind: "lag", rows: [2], keep: false }] as const;
    const { manifest, data } = await build({ transforms: { pad: "first", steps } });
    expect([manifest.rows, manifest.incomplete]).toEqual([150, { "history in another split": 12 }]);
    for (const [row, [lagged]] of await rowsOf(data)) {
      const { sequence } = await data.lineage(row);
      expect(lagged).toBe(Math.max(0, sequence - 2));
    }
  });

  test("a row that is left out ends the history, and so does a gap", async () => {
    const nan = await recordRows(join(dir, "nan.mcap"), 30, {
      seed: 9,
      change: (port, i) => (port !== "joints" && i === 15 ? new Float64Array([0, Number.NaN]) : undefined),
    });
    const transforms = { steps: [speed, { kind: "difference" as const }] };
    const left = await build({ recordings: [nan], nonFinite: "drop", transforms });
    expect(left.manifest.incomplete).toMatchObject({
      "controller.torque not finite": 1,
      "not enough history of joints": 2,
    });
    const gaps = await build({ transforms: { ...transforms, max_gap_ns: 9e6 } }).catch((error: Error) => error.message);
    expect(gaps).toContain("L0713");
    const none = await build({ transforms: { ...transforms, max_gap_ns: 1e7 } });
    expect(none.manifest.incomplete["not enough history of joints"]).toBe(3);
  });

  test("joined by stamp, the row before is the port's message before", async () => {
    const sent = Array.from({ length: 61 }, (_, i) => ({
      port: i % 3 === 2 ? "controller.torque" : "joints",
      tag_ns: i * 10,
      stamp_ns: i * 10,
      message: i % 3 === 2 ? torque(i) : joints(i),
    }));
    const path = await recordMessages(join(dir, "messages.mcap"), PORTS, sent);
    const { manifest, data } = await build({
      recordings: [path],
      transforms: { steps: [speed, { kind: "history", rows: 4 }] },
    });
    expect(manifest.transforms?.over).toBe("messages");
    expect(manifest.transforms).not.toHaveProperty("step_ns");
    for (const [row, window] of await rowsOf(data)) {
      const { stamp_ns, ports } = await data.lineage(row);
      const i = stamp_ns / 10;
      expect(window).toEqual([i - 5, i - 4, i - 2, i - 1]);
      expect(ports).toMatchObject([
        { port: "joints", role: "input", stamp_ns: (i - 1) * 10, tag_ns: (i - 1) * 10, sequence: i - 1 },
        { port: "controller.torque", role: "output", stamp_ns: i * 10, tag_ns: i * 10, sequence: i },
      ]);
    }
  });

  test("statistics are of the transformed columns, over the training rows", async () => {
    const { manifest } = await build({ transforms: { steps: [speed, { kind: "difference", keep: false }] } });
    const { statistics } = manifest.inputs[0]!;
    expect([statistics.min, statistics.max, statistics.std]).toEqual([[1], [1], [0]]);
  });

  test.each<[string, Partial<BuildOptions>]>([
    [
      "L0770: the transform `lag` of joints does not fit: `rows/0` must be >= 1",
      { transforms: { steps: [{ kind: "lag", rows: [0] }] } },
    ],
    [
      "L0770: the transform `flatten` of joints does not fit: there is no column `x`",
      { transforms: { steps: [{ kind: "flatten", columns: [{ name: "y", of: { x: 1 } }] }] } },
    ],
    [
      "L0770: the transform `mean` of joints does not fit: there are only flatten, difference, lag, history",
      { transforms: { steps: [{ kind: "mean" as never, rows: 2 }] } },
    ],
    ["L0723: `max_gap_ns` must be more than 0", { transforms: { max_gap_ns: 0, steps: [speed] } }],
    [
      "L0772: controller.torque is an output",
      { transforms: { steps: [{ kind: "history", rows: 2, port: "controller.torque" }] } },
    ],
    ["L0711: the dataset has no port joint", { transforms: { steps: [{ kind: "history", rows: 2, port: "joint" }] } }],
    [
      "L0723: `split` must be by time or by episode",
      {
        split: { by: "row", fractions: [0.6, 0.2, 0.2], seed: 1 },
        transforms: { steps: [{ kind: "history", rows: 2 }] },
      },
    ],
    ["L0713", { transforms: { steps: [{ kind: "history", rows: 51 }] } }],
    [
      "L0720: 19 rows that share no history",
      { recordings: [], transforms: { steps: [{ kind: "history", rows: 20 }] } },
    ],
  ])("%s", async (message, options) => {
    const given = options.recordings?.length === 0 ? { ...options, recordings: [recordings[0]!] } : options;
    await expect(build(given)).rejects.toThrow(message);
  });
});

describe("episodes", () => {
  /** Rows 0 to 9 of each episode; velocity is 100 · episode + row. */
  const record = async (name: string, episodes: readonly number[], header: object = {}, from = 0) => {
    const file = faultyFile();
    const spec = { name: "r", mode: "rows" as const, graph: "arm", digest: "d", seed: 1, ...header };
    const sink = mcapLog(file);
    sink.open(spec, PORTS);
    let sequence = from;
    for (const [k, episode] of episodes.entries()) {
      sink.episode({ index: episode, sequence, tag_ns: sequence * 1e7 });
      for (let row = 0; row < 10; row++, sequence++)
        for (const [i, message] of [
          joints(100 * episode + row + (k > 0 && episode === episodes[k - 1] ? 10 : 0)),
          torque(row),
        ].entries())
          sink.message(i, sequence, sequence * 1e7, 0, sequence * 1e7, message);
    }
    await sink.close({ rows: 10 * episodes.length, incomplete: {} });
    const path = join(dir, name);
    await writeFile(path, file.bytes());
    return path;
  };
  const history = { transforms: { steps: [speed, { kind: "history" as const, rows: 3 }] } };

  test("that a recording marks are episodes of the dataset: no history and no split reaches over their ends", async () => {
    const path = await record("episodes.mcap", [0, 1, 2, 3]);
    const { manifest, data } = await build({
      recordings: [path],
      ...history,
      split: { by: "episode", fractions: [0.5, 0.25, 0.25], seed: 1 },
    });
    expect(manifest.episodes).toEqual(
      [0, 1, 2, 3].map((episode) => ({ recording: 0, episode, rows: [8 * episode, 8 * episode + 8] })),
    );
    expect(manifest.splits.train).toHaveLength(2);
    for (const [row, window] of await rowsOf(data)) {
      const { episode, sequence } = await data.lineage(row);
      const at = 100 * episode.number + (sequence % 10);
      expect(window).toEqual([at - 2, at - 1, at]);
    }
  });

  test("go on in the next part of a recording", async () => {
    const parts = [await record("r-0001.mcap", [0], { part: 0 }), await record("r-0001.1.mcap", [0], { part: 1 }, 10)];
    const { manifest } = await build({ recordings: parts, ...history });
    expect(manifest.episodes).toEqual([{ recording: 0, episode: 0, rows: [0, 18] }]);
    expect(manifest.incomplete["not enough history of joints"]).toBe(2);
    const apart = await build({ recordings: [parts[1]!, parts[0]!] });
    expect(apart.manifest.episodes).toHaveLength(2);
  });
});

describe("splitting by row, for whoever asks", () => {
  test("deals rows by the seed, each to one split, and says so", async () => {
    const split = (seed: number) => build({ split: { by: "row", fractions: [0.6, 0.2, 0.2], seed } });
    const { manifest, data } = await split(1);
    expect(manifest.split).toEqual({ by: "row", fractions: [0.6, 0.2, 0.2], seed: 1 });
    const count = (name: "train" | "validation" | "test") =>
      manifest.splits[name].reduce((n, [from, to]) => n + to - from, 0);
    expect([count("train"), count("validation"), count("test")]).toEqual([90, 30, 30]);
    expect((await rowsOf(data)).size).toBe(150);
    for (const [row, inputs] of await rowsOf(data)) expect(inputs[4]).toBe(row % 50);
    expect((await split(1)).manifest).toEqual(manifest);
    expect((await split(2)).manifest.splits).not.toEqual(manifest.splits);
  });
});
