/** The test rows: opened once, after everything was fitted, and never shared. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import { distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";
import { ARM } from "./arm-file.js";

/** What the pipeline did to the dataset, in order; and a fault that can be planted in its split. */
const pipeline = vi.hoisted(() => ({ events: [] as string[], leak: false }));

vi.mock("../../src/dataset/open.js", async (original) => {
  const real = await original<typeof import("../../src/dataset/open.js")>();
  return {
    ...real,
    testView: (dataset: Parameters<typeof real.testView>[0]) => {
      pipeline.events.push("test rows opened");
      return real.testView(dataset);
    },
  };
});

vi.mock("../../src/project/fit.js", async (original) => {
  const real = await original<typeof import("../../src/project/fit.js")>();
  return {
    ...real,
    fitAll: async (...args: Parameters<typeof real.fitAll>) => {
      const fitted = await real.fitAll(...args);
      pipeline.events.push(`fitted ${fitted?.students.map((s) => s.name).join(", ")}`);
      return fitted;
    },
  };
});

vi.mock("../../src/dataset/split.js", async (original) => {
  const real = await original<typeof import("../../src/dataset/split.js")>();
  return {
    ...real,
    splitRows: (...args: Parameters<typeof real.splitRows>) => {
      const splits = real.splitRows(...args);
      if (!pipeline.leak) return splits;
      const [from, to] = splits.test[0]!;
      return { ...splits, train: [...splits.train, [from, Math.min(from + 5, to)] as const] };
    },
  };
});

let root: string;
let arm: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "limbeck-test-rows-"));
  arm = join(root, "arm.graph.yaml");
  writeFileSync(arm, ARM);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Everything under a folder, by path, sorted. */
const filesUnder = (folder: string): string[] =>
  existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];

const job = async (home: string, from?: readonly string[]) =>
  distill(await loadGraph(arm, { models: join(home, "models") }), {
    home,
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => 0,
    teacher: { nodes: ["controller"] },
    as: "reach",
    students: ["ridge"],
    for_ns: 10e9,
    command: ["distill"],
    createdAt: "2026-01-01T00:00:00Z",
    ...(from === undefined ? {} : { from }),
  });
const codesOf = (work: Promise<unknown>) =>
  work.then(
    () => "it went through",
    (error: unknown) => (error instanceof LimbeckError ? error.problems.map(({ code }) => code) : error),
  );

test("are opened exactly once, when every student is fitted", async () => {
  pipeline.events.length = 0;
  await job(join(root, "door"));
  expect(pipeline.events).toEqual(["fitted ridge", "test rows opened"]);
});

test("a split that shares rows with them is refused before anything is fitted, and leaves nothing", async () => {
  const home = join(root, "leaking split");
  pipeline.events.length = 0;
  pipeline.leak = true;
  try {
    expect(await codesOf(job(home))).toEqual(["L0719"]);
  } finally {
    pipeline.leak = false;
  }
  expect(pipeline.events).toEqual([]);
  expect(filesUnder(join(home, "datasets"))).toEqual([]);
  expect(filesUnder(join(home, "models"))).toEqual([]);
  // the recording was not at fault
  const from = [join(home, "recordings", "reach-0001.mcap")];
  expect((await job(home, from)).version).toBe(1);
});

test("a recording that comes twice, under two names, is refused", async () => {
  const home = join(root, "leaking recording");
  await job(home);
  const recording = join(home, "recordings", "reach-0001.mcap");
  const twin = join(home, "recordings", "other.mcap");
  copyFileSync(recording, twin);
  expect(await codesOf(job(home, [recording, twin]))).toEqual(["L0721"]);
  expect(filesUnder(join(home, "models")).filter((path) => path.endsWith("2"))).toEqual([]);
});
