/** LeRobot's layout, read back by DuckDB. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../../src/dataset/build.js";
import { exportDataset } from "../../../src/dataset/export/export.js";
import { query, recordSample, row } from "./sample.js";

let dir = "";
let dataset = "";
let out = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-lerobot-"));
  const recordings = [
    await recordSample(join(dir, "a.mcap"), { rows: 30 }),
    await recordSample(join(dir, "b.mcap"), { rows: 20, seed: 2, graph: "other" }),
    await recordSample(join(dir, "c.mcap"), { rows: 25, seed: 3 }),
  ];
  dataset = join(dir, "dataset");
  await buildDataset({ recordings, out: dataset, split: { by: "episode", fractions: [0.4, 0.3, 0.3], seed: 3 } });
  out = join(dir, "lerobot");
  await exportDataset(dataset, "lerobot", out);
});
afterAll(() => rm(dir, { recursive: true }));

const json = async (file: string) => JSON.parse(await readFile(join(out, "meta", file), "utf8"));
const f32 = (values: ArrayLike<number>) => Array.from(values, Math.fround);

describe("the layout of LeRobotDataset v3.0", () => {
  test("has its files and no others", async () => {
    const files = await readdir(out, { recursive: true, withFileTypes: true });
    expect(
      files
        .filter((f) => f.isFile())
        .map((f) => join(f.parentPath, f.name).slice(out.length + 1))
        .sort(),
    ).toStrictEqual([
      "data/chunk-000/file-000.parquet",
      "meta/episodes/chunk-000/file-000.parquet",
      "meta/info.json",
      "meta/limbeck.json",
      "meta/stats.json",
      "meta/tasks.parquet",
    ]);
  });

  test("info.json has the loader's fields", async () => {
    const info = await json("info.json");
    expect(info).toMatchObject({
      codebase_version: "v3.0",
      fps: 100,
      total_episodes: 3,
      total_frames: 75,
      total_tasks: 2,
      chunks_size: 1000,
      data_path: "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
      video_path: null,
    });
    expect(info.features["observation.state"]).toStrictEqual({
      dtype: "float32",
      shape: [3],
      names: ["arm[0]", "arm[1]", "grip.value"],
      info: { units: ["m", "m", "N"] },
    });
    expect(Object.keys(info.features)).toStrictEqual([
      "observation.state",
      "action",
      "timestamp",
      "frame_index",
      "episode_index",
      "index",
      "task_index",
    ]);
  });

  test("a split by episode is one of LeRobot's", async () => {
    const { splits } = await json("info.json");
    expect(Object.keys(splits)).toStrictEqual(["train", "validation", "test"]);
    expect(Object.values(splits).sort()).toStrictEqual(["0:1", "1:2", "2:3"]);
  });

  test("frames are the recorded rows, to the bit, −0 included", async () => {
    const frames = await query(
      `select "observation.state"::FLOAT[] s, action::FLOAT[] a, timestamp t, frame_index f, episode_index e, index i, task_index k
       from '${out}/data/*/*.parquet' order by index`,
    );
    const lengths = [30, 20, 25];
    const wanted = lengths.flatMap((n, episode) =>
      Array.from({ length: n }, (_, i) => {
        const { arm, grip, "controller.torque": torque } = row(i) as Record<string, Float64Array & number>;
        return {
          s: f32([...arm!, grip!]),
          a: f32(torque!),
          t: Math.fround(i * 0.01),
          f: BigInt(i),
          e: BigInt(episode),
          k: episode === 1 ? 1n : 0n,
        };
      }),
    );
    expect(frames.map(({ s, a, i: _, ...rest }) => ({ s: [...items(s)], a: [...items(a)], ...rest }))).toStrictEqual(
      wanted,
    );
    expect(frames.map(({ i }) => i)).toStrictEqual(wanted.map((_, i) => BigInt(i)));
  });

  test("episodes say where their rows are, and their statistics", async () => {
    const episodes = await query(`select * from '${out}/meta/episodes/*/*.parquet' order by episode_index`);
    expect(
      episodes.map((e) => [
        e.length,
        e.dataset_from_index,
        e.dataset_to_index,
        e["data/chunk_index"],
        items(e.tasks)[0],
      ]),
    ).toStrictEqual([
      [30n, 0n, 30n, 0n, "reach"],
      [20n, 30n, 50n, 0n, "other"],
      [25n, 50n, 75n, 0n, "reach"],
    ]);
    expect(items(episodes[1]!["stats/action/min"])).toStrictEqual([-19, 0]);
    expect(items(episodes[1]!["stats/action/max"])).toStrictEqual([0, 3]);
    expect(items(episodes[1]!["stats/index/min"])).toStrictEqual([30n]);
    expect(items(episodes[1]!["stats/action/count"])).toStrictEqual([20n]);
  });

  test("statistics are those that DuckDB finds", async () => {
    const stats = await json("stats.json");
    const [found] = await query(
      `select count(*) n, min(x) low, max(x) high, avg(x) mean, stddev_pop(x) std, quantile_cont(x, 0.9) q90
       from (select "observation.state"[1]::DOUBLE x from '${out}/data/*/*.parquet')`,
    );
    const { min, max, mean, std, q90, count } = stats["observation.state"];
    expect(count).toStrictEqual([Number(found!.n)]);
    expect([min[0], max[0]]).toStrictEqual([found!.low, found!.high]);
    expect(mean[0]).toBeCloseTo(found!.mean as number, 12);
    expect(std[0]).toBeCloseTo(found!.std as number, 12);
    // between two neighbours of the 75 values, which are up to 1/3 apart
    expect(Math.abs(q90[0] - (found!.q90 as number))).toBeLessThan(1 / 3);
  });

  test("the task is pandas' index", async () => {
    expect(await query(`select * from '${out}/meta/tasks.parquet'`)).toStrictEqual([
      { task_index: 0n, task: "reach" },
      { task_index: 1n, task: "other" },
    ]);
    const [pandas] = await query(
      `select value::VARCHAR v from parquet_kv_metadata('${out}/meta/tasks.parquet') where key::VARCHAR = 'pandas'`,
    );
    const said = JSON.parse((pandas!.v as string).replaceAll("\\x22", '"'));
    expect(said.index_columns).toStrictEqual(["task"]);
    expect(said.columns.map((c: { name: string }) => c.name)).toStrictEqual(["task_index", "task"]);
  });
});

describe("choices", () => {
  test("a feature for each port", async () => {
    const ports = join(dir, "ports");
    await exportDataset(dataset, "lerobot", ports, { features: "ports", task: "Reach for it." });
    const { features } = JSON.parse(await readFile(join(ports, "meta", "info.json"), "utf8"));
    expect(Object.keys(features).slice(0, 3)).toStrictEqual([
      "observation.arm",
      "observation.grip",
      "action.controller.torque",
    ]);
    const [first] = await query(`select "observation.grip" g from '${ports}/data/*/*.parquet' where index = 2`);
    expect(first!.g).toBe(Math.fround(0.2));
    expect(await query(`select task from '${ports}/meta/tasks.parquet'`)).toStrictEqual([{ task: "Reach for it." }]);
  });

  test("0 and −0 stay apart where a column has few values", async () => {
    const signed = await recordSample(join(dir, "signed.mcap"), {
      rows: 64,
      change: (port, i) => (port === "grip" ? (i % 2 === 0 ? 0 : -0) : undefined),
    });
    await exportDataset(signed, "lerobot", join(dir, "signed"), { features: "ports" });
    const found = await query(
      `select "observation.grip" g from '${join(dir, "signed")}/data/*/*.parquet' order by index`,
    );
    expect(found.map(({ g }) => g)).toStrictEqual(Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 0 : -0)));
  });

  test("one split has the rows of that split only", async () => {
    const test = join(dir, "test-rows");
    const { rows } = await exportDataset(dataset, "lerobot", test, { split: "test" });
    const [found] = await query(`select count(*) n, count(distinct episode_index) e from '${test}/data/*/*.parquet'`);
    expect(found).toStrictEqual({ n: BigInt(rows), e: 1n });
    expect([30, 20, 25]).toContain(rows);
  });

  test("a recording goes directly", async () => {
    const direct = join(dir, "direct");
    const result = await exportDataset(join(dir, "a.mcap"), "lerobot", direct);
    expect(result).toMatchObject({ rows: 30, columns: 5, episodes: 1, warnings: [] });
    const [found] = await query(`select count(*) n from '${direct}/data/*/*.parquet'`);
    expect(found!.n).toBe(30n);
  });

  test("rows that are not evenly spaced are told", async () => {
    const holes = await recordSample(join(dir, "holes.mcap"), {
      rows: 10,
      change: (port, i) => (port === "grip" && i === 4 ? Number.NaN : undefined),
    });
    const told = await exportDataset(holes, "lerobot", join(dir, "told"), { nonFinite: "drop" });
    expect(told.warnings.map(({ code }) => code)).toStrictEqual(["L0785"]);
    expect(told.incomplete).toStrictEqual({ "grip not finite": 1 });
    await expect(exportDataset(holes, "lerobot", join(dir, "refused"))).rejects.toThrow("L0710");
    await expect(exportDataset(holes, "lerobot", join(dir, "kept"), { nonFinite: "keep" })).rejects.toThrow("L0723");
  });

  test("one row has no rate", async () => {
    const one = await recordSample(join(dir, "one.mcap"), { rows: 1 });
    await expect(exportDataset(one, "lerobot", join(dir, "one"))).rejects.toThrow("L0782");
    expect((await exportDataset(one, "lerobot", join(dir, "one"), { fps: 30 })).rows).toBe(1);
  });
});

const items = (list: unknown): readonly unknown[] => (list as { readonly items: readonly unknown[] }).items;
