/** CSV, read back by DuckDB. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../../src/dataset/build.js";
import { exportDataset } from "../../../src/dataset/export/export.js";
import type { Message } from "../../../src/message/type.js";
import { recordMessages } from "../recordings.js";
import { query, recordSample, row } from "./sample.js";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-csv-"));
});
afterAll(() => rm(dir, { recursive: true }));

let made = 0;
const fresh = (ending = ".csv") => join(dir, `x${made++}${ending}`);

const read = (file: string) => query(`select * from read_csv('${file}', header = true, all_varchar = true)`);

describe("rows", () => {
  test("a row a row, names in the header, units beside it", async () => {
    const out = fresh();
    await exportDataset(await recordSample(fresh(".mcap"), { rows: 20 }), "csv", out);
    const rows = await query(`select * from '${out}'`);
    expect(rows).toHaveLength(20);
    expect(Object.keys(rows[0]!)).toStrictEqual([
      ...["recording", "episode", "sequence", "tag_ns", "microstep", "stamp_ns"],
      ...["arm[0]", "arm[1]", "grip.value", "controller.torque[0]", "controller.torque[1]"],
    ]);
    const { tableSchema, url } = JSON.parse(await readFile(`${out}-metadata.json`, "utf8"));
    expect(join(dir, url)).toBe(out);
    expect(tableSchema.columns.at(-1)).toStrictEqual({
      titles: "controller.torque[1]",
      datatype: "double",
      "limbeck:unit": "N*m",
      "limbeck:port": "controller.torque",
      "limbeck:role": "output",
    });
    for (const [i, found] of rows.entries()) {
      const { arm, grip } = row(i) as { arm: Float64Array; grip: number };
      expect(found["grip.value"]).toBe(grip);
      expect(found["arm[1]"]).toBe(arm[1]);
      expect(found.tag_ns).toBe(BigInt(5e8 + i * 1e7));
    }
  });

  test("float64 comes back to the bit, also what is not finite", async () => {
    const special = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      5e-324,
      1.7976931348623157e308,
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.double(), fc.constantFrom(...special)), { minLength: 1, maxLength: 30 }),
        async (values) => {
          const change = (port: string, i: number): Message | undefined => (port === "grip" ? values[i]! : undefined);
          const out = fresh();
          await exportDataset(await recordSample(fresh(".mcap"), { rows: values.length, change }), "csv", out);
          const found = await query(`select "grip.value"::DOUBLE x from read_csv('${out}', all_varchar = true)`);
          expect(found.map(({ x }) => x)).toStrictEqual(values);
          const js = (await read(out)).map((cells) => Number(cells["grip.value"]));
          expect(js).toStrictEqual(values);
        },
      ),
      { numRuns: 10 },
    );
  });

  test("float32 is written in the digits that it has", async () => {
    const values = [1 / 3, -0, 0.1, 16777216, 3.4028234663852886e38, 1e-45, 123456.789].map(Math.fround);
    const change = (port: string, i: number): Message | undefined => (port === "grip" ? values[i]! : undefined);
    const recording = await recordSample(fresh(".mcap"), { rows: values.length, change });
    const out = fresh();
    await exportDataset(recording, "csv", out, { dtype: "float32" });
    const text = (await read(out)).map((cells) => cells["grip.value"]);
    expect(text.map((cell) => Math.fround(Number(cell)))).toStrictEqual(values);
    expect(text.slice(0, 3)).toStrictEqual(["0.33333334", "-0", "0.1"]);
  });

  test("a dataset's rows say their split", async () => {
    const dataset = fresh("");
    const recording = await recordSample(fresh(".mcap"), { rows: 50 });
    const { splits } = await buildDataset({ recordings: [recording], out: dataset });
    const out = fresh();
    await exportDataset(dataset, "csv", out);
    const counts = await query(`select split, count(*) n from '${out}' group by split order by split`);
    const size = (ranges: readonly (readonly [number, number])[]) =>
      BigInt(ranges.reduce((n, [from, to]) => n + to - from, 0));
    expect(counts).toStrictEqual([
      { split: "test", n: size(splits.test) },
      { split: "train", n: size(splits.train) },
      { split: "validation", n: size(splits.validation) },
    ]);
  });
});

describe("single messages", () => {
  const ports = [
    { port: "odometry", role: "stream" as const, schema: { tensor: [2], dtype: "float64" as const, unit: "m/s" } },
    { port: "arm/range", role: "stream" as const, schema: { type: "number" as const, unit: "m" } },
  ];
  const log = () =>
    recordMessages(
      fresh(".mcap"),
      ports,
      Array.from({ length: 30 }, (_, i) => ({
        port: i % 3 === 0 ? "arm/range" : "odometry",
        tag_ns: i * 1000,
        stamp_ns: i * 1000 - 7,
        message: i % 3 === 0 ? i : new Float64Array([i, -i]),
      })),
    );

  test("become a table a port: no message lost, none twice", async () => {
    const out = fresh("");
    const result = await exportDataset(await log(), "csv", out);
    expect(result).toMatchObject({ rows: 30, episodes: 1, messages: { odometry: 20, "arm/range": 10 } });
    expect((await readdir(out)).sort()).toStrictEqual([
      ...["arm_range.csv", "arm_range.csv-metadata.json", "odometry.csv", "odometry.csv-metadata.json"],
    ]);
    const ranges = await query(`select "arm/range.value" x, tag_ns t, stamp_ns s from '${out}/arm_range.csv'`);
    expect(ranges.map(({ x, t, s }) => [x, t, s])).toStrictEqual(
      Array.from({ length: 10 }, (_, i) => [BigInt(3 * i), BigInt(3000 * i), BigInt(3000 * i - 7)]),
    );
  });

  test("are joined when told how; LeRobot is told", async () => {
    const recording = await log();
    const joined = { inputs: ["odometry"], outputs: ["arm/range"], anchor: "odometry" };
    const { rows, messages } = await exportDataset(recording, "csv", fresh(), joined);
    expect([rows, messages]).toStrictEqual([20, undefined]);
    await expect(exportDataset(recording, "lerobot", fresh(""))).rejects.toThrow("L0783");
  });
});
