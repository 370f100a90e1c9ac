/** Datasets of more than memory holds: the same bytes, whatever the limit, and no more memory than it says. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../src/dataset/build.js";
import { exportDataset } from "../../src/dataset/export/export.js";
import type { BuildOptions } from "../../src/dataset/options.js";
import { root } from "../support/run.js";
import { joints, PORTS, recordMessages, recordRows, type Sent, torque } from "./recordings.js";

let dir = "";
let rows = "";
let messages = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-memory-"));
  rows = await recordRows(join(dir, "rows.mcap"), 12_000);
  // stamps go back now and then, and come by other clocks
  const sent = Array.from({ length: 12_000 }, (_, i): Sent[] => [
    { port: "joints", tag_ns: i * 1e7, stamp_ns: i * 1e7 - (i % 5 === 0 ? 3e7 : 0), message: joints(i) },
    { port: "controller.torque", tag_ns: i * 1e7 + 1, stamp_ns: i * 1e7 - (i % 7) * 1e6, message: torque(i) },
  ]).flat();
  messages = await recordMessages(join(dir, "messages.mcap"), PORTS, sent);
});
afterAll(() => rm(dir, { recursive: true }));

/** Room for the page at which each column ends, and few others. */
const LIMIT = 1_700_000;

let made = 0;
/** Every file of a dataset that is built under a limit. */
async function built(options: Omit<BuildOptions, "out">): Promise<Map<string, Buffer>> {
  const out = join(dir, `built-${made++}`);
  await buildDataset({ ...options, out });
  const files = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    return [path.slice(out.length), await readFile(path)] as const;
  });
  return new Map(await Promise.all(read));
}

const steps = [{ kind: "difference" }, { kind: "lag", rows: [1, 3] }] as const;

describe("the limit changes nothing", () => {
  test.each<[string, () => Omit<BuildOptions, "out">]>([
    ["of rows", () => ({ recordings: [rows] })],
    ["of rows, with history", () => ({ recordings: [rows], transforms: { steps, pad: "first" } })],
    ["of rows, in float64 and many shards", () => ({ recordings: [rows], dtype: "float64", shardBytes: 50_000 })],
    ["of messages", () => ({ recordings: [messages], direction: "nearest", tolerance_ns: 5e6 })],
    ["of messages, with history", () => ({ recordings: [messages], transforms: { steps } })],
    [
      "of several recordings",
      () => ({ recordings: [rows, messages], join: "stamp", split: { by: "time", fractions: [0.6, 0.2, 0.2] } }),
    ],
  ])("%s", async (_, options) => {
    const whole = await built(options());
    const paged = await built({ ...options(), memory_bytes: LIMIT });
    expect([...paged.keys()].sort()).toEqual([...whole.keys()].sort());
    for (const [file, bytes] of whole) expect(paged.get(file)!.equals(bytes), file).toBe(true);
    expect(whole.size).toBeGreaterThan(6);
  });

  test("of exports", async () => {
    for (const [from, name] of [
      [rows, "rows"],
      [messages, "messages"],
    ] as const) {
      const [whole, paged] = [join(dir, `${name}-whole.npz`), join(dir, `${name}-paged.npz`)];
      await exportDataset(from, "npz", whole);
      await exportDataset(from, "npz", paged, { memory_bytes: LIMIT });
      expect((await readFile(paged)).equals(await readFile(whole))).toBe(true);
    }
  });

  test("nothing is left beside", async () => {
    expect((await readdir(dir)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

/** What the collector of this Node lets pile up that nobody holds any more. */
const SLACK = 36 * 2 ** 20;

test("columns ten times as large as the limit are built in bounded memory, from rows and from messages", () => {
  const program = join(import.meta.dirname, "rss-build.ts");
  const jiti = join(root, "node_modules/.bin/jiti");
  const child = (mode: string) =>
    execFileSync(process.execPath, ["--expose-gc", jiti, program, dir, mode], { encoding: "utf8" });
  child("write");
  for (const mode of ["rows-large", "stamps-large"]) {
    const { bytes, limit, above, ...found } = JSON.parse(child(mode)) as { [name: string]: number };
    expect(found).toEqual({ rows: 100_000, mean: 33_999.5, median: 33_999.5, max: 67_999 });
    expect(bytes).toBeGreaterThan(10 * limit!);
    expect(above).toBeLessThan(limit! + SLACK);
    expect(limit! + SLACK).toBeLessThan(bytes! / 2);
  }
});
