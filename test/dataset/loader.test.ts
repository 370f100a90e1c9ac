/** The loader: each row once, in orders of the seed, in bounded memory, in windows that stay where they belong. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../src/dataset/build.js";
import { type Batch, type LoaderOptions, loader } from "../../src/dataset/loader.js";
import { openDataset, trainingView, type View } from "../../src/dataset/open.js";
import { root } from "../support/run.js";
import { joints, recordRows } from "./recordings.js";

let dir = "";
let view: View;
/** Three episodes of 100 rows; by time, 60 of each train: row i of episode e has velocity e·1000 + i. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-loader-"));
  const recordings = await Promise.all(
    [0, 1, 2].map((seed) =>
      recordRows(join(dir, `${seed}.mcap`), 100, {
        seed,
        change: (port, i) => (port === "joints" ? joints(1000 * seed + i) : undefined),
      }),
    ),
  );
  const out = join(dir, "data");
  await buildDataset({ recordings, out, shardBytes: 24 * 35, split: { by: "time", fractions: [0.6, 0.2, 0.2] } });
  view = trainingView(await openDataset(out));
});
afterAll(() => rm(dir, { recursive: true }));

const collect = async (options: LoaderOptions): Promise<Batch[]> => {
  const batches: Batch[] = [];
  for await (const batch of loader(view, options)) batches.push(batch);
  return batches;
};
const ROWS = 180;
/** A limit that holds few rows of this dataset: 6 + 2 float32 columns and 16 bytes a row. */
const few = (rows: number) => rows * (8 * 4 + 16);
const speeds = ({ inputs }: Batch): number[][] =>
  Array.from({ length: inputs.rows }, (_, r) =>
    Array.from({ length: inputs.history }, (_, h) => inputs.data[(r * inputs.history + h) * inputs.width + 4]!),
  );
/** The velocity of a row of the training split. */
const speedOf = (row: number) => 1000 * Math.floor(row / 60) + (row % 60);

const options = fc.record({
  batch: fc.integer({ min: 1, max: 200 }),
  seed: fc.integer(),
  shuffle: fc.boolean(),
  history: fc.integer({ min: 1, max: 5 }),
  pad: fc.boolean(),
  drop_last: fc.boolean(),
  memory: fc.oneof(fc.integer({ min: 30, max: 400 }), fc.constant(1e6)),
});
const given = ({ pad, memory, ...rest }: { pad: boolean; memory: number } & Omit<LoaderOptions, "pad">) => ({
  ...rest,
  ...(pad && { pad: "first" as const }),
  memory_bytes: few(memory),
});

describe("batches", () => {
  test("each row comes once an epoch with its own values, whatever the options; windows stay in their episode", async () => {
    await fc.assert(
      fc.asyncProperty(options, async (o) => {
        const batches = await collect({ ...given(o), epochs: 2 });
        const usable = Array.from({ length: ROWS }, (_, i) => i).filter((i) => o.pad || i % 60 >= o.history - 1);
        const full = o.drop_last ? Math.floor(usable.length / o.batch) * o.batch : usable.length;
        for (const epoch of [0, 1]) {
          const own = batches.filter((b) => b.epoch === epoch);
          const rows = own.flatMap((b) => [...b.rows]);
          expect(rows.length).toBe(full);
          expect(new Set(rows).size).toBe(full);
          expect(usable).toEqual(expect.arrayContaining(rows));
          if (!o.drop_last) expect([...rows].sort((a, b) => a - b)).toEqual(usable);
          if (!o.shuffle) expect(rows).toEqual(usable.slice(0, full));
          for (const [i, b] of own.entries())
            expect(b.inputs.rows).toBe(i + 1 < own.length || o.drop_last ? o.batch : full - i * o.batch);
        }
        for (const b of batches) {
          const windows = speeds(b);
          for (const [i, row] of b.rows.entries()) {
            const first = row - (row % 60);
            const window = Array.from({ length: o.history }, (_, h) => Math.max(first, row - o.history + 1 + h));
            expect(windows[i]).toEqual(window.map(speedOf));
            expect(b.outputs.data[2 * i]).toBe(2 * (row % 60));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("goes on at any batch as if it had never stopped", async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.nat(), async (o, at) => {
        const all = await collect({ ...given(o), epochs: 2 });
        if (all.length === 0) return;
        const { next } = all[at % all.length]!;
        expect(await collect({ ...given(o), epochs: 2, start: next })).toEqual(all.slice((at % all.length) + 1));
      }),
      { numRuns: 40 },
    );
  });

  test("the seed decides the order, epochs differ", async () => {
    const rows = async (memory_bytes: number, seed: number) =>
      (await collect({ batch: 16, shuffle: true, seed, epochs: 2, memory_bytes })).map((b) => [...b.rows]);
    for (const memory of [few(40), 1e6]) {
      const one = await rows(memory, 1);
      expect(await rows(memory, 1)).toEqual(one);
      expect(await rows(memory, 2)).not.toEqual(one);
      expect(one.slice(0, 12)).not.toEqual(one.slice(12));
    }
  });

  test("a shuffle in memory gives every place to every row alike", async () => {
    const places = new Float64Array(ROWS);
    const epochs = 400;
    for (const [i, { rows }] of (await collect({ batch: ROWS, shuffle: true, epochs })).entries()) {
      expect(i).toBeLessThan(epochs);
      for (const [place, row] of rows.entries()) places[row]! += place;
    }
    // mean place of a row: (n − 1) / 2, with the variance of a uniform place over the epochs
    const sd = Math.sqrt((ROWS ** 2 - 1) / 12 / epochs);
    for (const sum of places) expect(Math.abs(sum / epochs - (ROWS - 1) / 2)).toBeLessThan(5 * sd);
  });

  test("stopping early leaves nothing behind that fails", async () => {
    for (let n = 0; n < 3; n++)
      for await (const { rows } of loader(view, { batch: 7, shuffle: true, memory_bytes: few(40) })) {
        expect(rows.length).toBeLessThanOrEqual(7);
        if (n < 2) break;
      }
  });

  test.each<[string, Partial<LoaderOptions>]>([
    ["L0723: `batch` must be a positive integer, and is 0", { batch: 0 }],
    ["L0723: `history` must be a positive integer, and is 1.5", { history: 1.5 }],
    ["L0723: `memory_bytes`", { memory_bytes: Number.NaN }],
    [
      "L0723: `start` must be one of 23 batches of 1 epoch, and is batch 23 of epoch 0",
      { start: { epoch: 0, batch: 23 } },
    ],
    ["L0723: `start`", { start: { epoch: 1, batch: 1 } }],
    [
      "L0774: 960 bytes are too few to load rows of this dataset: 3648 are needed",
      { history: 20, memory_bytes: few(20) },
    ],
    ["L0718", { split: "test" }],
  ])("%s", async (message, more) => {
    await expect(collect({ batch: 8, ...more })).rejects.toThrow(message);
  });

  test("a window longer than every episode leaves no row", async () => {
    expect(await collect({ batch: 8, history: 61 })).toEqual([]);
  });
});

/** What the collector of this Node lets batches pile up that nobody holds any more. */
const SLACK = 32 * 2 ** 20;

test("data ten times as large as the limit is loaded, shuffled, in bounded memory", () => {
  const program = join(import.meta.dirname, "rss.ts");
  const jiti = join(root, "node_modules/.bin/jiti");
  const child = (mode: string) =>
    execFileSync(process.execPath, ["--expose-gc", jiti, program, dir, mode], { encoding: "utf8" });
  child("write");
  const { bytes, limit, above, rows, sum } = JSON.parse(child("load")) as { [name: string]: number };
  expect(bytes).toBeGreaterThan(10 * limit!);
  expect(rows).toBe(320_000);
  expect(sum).toBe((320_000 * 319_999) / 2);
  expect(above).toBeLessThan(limit! + SLACK);
  expect(limit! + SLACK).toBeLessThan(bytes! / 2);
});
