/** `limbeck dataset`: what is built, and what it says. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readNpyHeader } from "../../src/dataset/npy.js";
import * as limbeck from "../../src/limbeck.js";
import type { RecordedPort } from "../../src/record/layout.js";
import { recordSample } from "../dataset/export/sample.js";
import { recordMessages, type Sent } from "../dataset/recordings.js";
import { inside } from "./command.js";

const mrclam6 = join(import.meta.dirname, "../../../shared/data/mrclam6");
if (!existsSync(mrclam6)) console.warn("skipped: the real log ../shared/data/mrclam6 is not here");

let dir = "";
let recording = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-dataset-verb-"));
  recording = await recordSample(join(dir, "reach-0001.mcap"), { rows: 50 });
});
afterAll(() => rm(dir, { recursive: true }));

const run = (...words: string[]) => inside([...words, "--home", join(dir, "home")], { api: limbeck });

test("a dataset gets the next free name of its recording, and info says what it holds", async () => {
  for (const number of ["0001", "0002"]) {
    const { code, stdout, stderr } = await run("dataset", "build", recording);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(join(dir, "home", "datasets", `reach-${number}`));
    expect(stdout).toContain("34 train, 6 validation, 10 test, split by time");
  }
  const { code, stdout } = await run("dataset", "info", join(dir, "home", "datasets", "reach-0002"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/arm \(2\), grip \(1\)/);
  expect(stdout).toMatch(/controller\.torque\s+\[1\]\s+N\*m/);
});

test("words become options: ports, history, split, dtype", async () => {
  const out = join(dir, "chosen");
  const words = ["--inputs", "grip", "--history", "3", "--split-by", "row", "--seed", "4", "--float64"];
  // rows that look back are not dealt out one by one
  const refused = await run("dataset", "build", recording, "--output", out, ...words, "--json");
  expect([refused.code, refused.stdout + refused.stderr]).toStrictEqual([2, expect.stringContaining("L0723")]);
  const { code, stdout } = await run(
    ...["dataset", "build", recording, "--output", out, "--json"],
    ...words.filter((word) => word !== "--split-by" && word !== "row"),
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    dir: out,
    rows: 50,
    inputs: [{ port: "grip", dtype: "float64", columns: 3 }],
    outputs: [{ port: "controller.torque", columns: 2 }],
    transforms: { pad: "first", steps: [{ kind: "history", port: "grip", rows: 3 }] },
  });
});

test("words become options: rows that lack history, gaps, and how each port is joined", async () => {
  const build = (...words: string[]) =>
    run("dataset", "build", recording, "--output", join(dir, words.join("")), "--json", ...words);
  const built = async (...words: string[]) => JSON.parse((await build(...words)).stdout);
  expect(await built("--inputs", "grip", "--lags", "2")).toMatchObject({ rows: 50 });
  expect(await built("--inputs", "grip", "--lags", "2", "--pad", "none")).toMatchObject({ rows: 48 });
  // rows are 10 ms apart: nothing is history of anything
  const apart = await build("--inputs", "grip", "--lags", "2", "--pad", "none", "--max-gap", "5ms");
  expect([apart.code, apart.stdout + apart.stderr]).toStrictEqual([1, expect.stringContaining("L0713")]);
  for (const wrong of ["grip", "grip=1ms,2ms", "=1ms", "grip=soon"])
    expect(await build("--asof", wrong), wrong).toMatchObject({ code: 2 });
});

describe("a log of single messages", () => {
  const ports: readonly RecordedPort[] = ["gps", "imu", "pose"].map((port) => ({
    port,
    role: port === "pose" ? "output" : "input",
    schema: { type: "number" },
  }));
  /** Stamps in ms, which are the messages as well. */
  const sent = (port: string, ...stamps: number[]): Sent[] =>
    stamps.map((ms) => ({ port, tag_ns: ms * 1e6, stamp_ns: ms * 1e6, message: ms }));
  let log = "";
  beforeAll(async () => {
    const messages = [
      ...sent("gps", 0, 100, 205, 310, 400, 500, 600, 700),
      ...sent("imu", 3, 98, 200, 296, 400, 500, 600, 700),
      ...sent("pose", 0, 100, 200, 300, 400, 500, 600, 700),
    ];
    log = await recordMessages(join(dir, "drive.mcap"), ports, messages);
  });
  const joined = async (...asof: string[]) => {
    const out = join(dir, `asof-${asof.join("-").replace(/[=,]/g, "-")}`);
    const words = asof.flatMap((word) => ["--asof", word]);
    const { code, stdout, stderr } = await run("dataset", "build", log, "--output", out, "--json", ...words);
    if (code !== 0) return { code, said: stdout + stderr };
    const column = async (file: string) => {
      const bytes = await readFile(join(out, file));
      const { offset, shape } = readNpyHeader(bytes)!;
      return Array.from({ length: shape[0]! }, (_, i) => bytes.readFloatLE(offset + 4 * i));
    };
    const rows = await Promise.all(["inputs/gps.npy", "inputs/imu.npy", "outputs/pose.npy"].map(column));
    return { rows, incomplete: JSON.parse(stdout).incomplete };
  };

  test("is joined port by port", async () => {
    expect(await joined("gps=10ms,nearest", "imu=2ms,forward")).toEqual({
      rows: [
        [205, 400, 500, 600, 700],
        [200, 400, 500, 600, 700],
        [200, 400, 500, 600, 700],
      ],
      incomplete: { "imu younger than the tolerance": 3 },
    });
    // none of its own for a port: the latest that is not later, however old
    expect(await joined("imu=0ms")).toEqual({
      rows: [
        [100, 400, 500, 600, 700],
        [200, 400, 500, 600, 700],
        [200, 400, 500, 600, 700],
      ],
      incomplete: { "no imu yet": 1, "imu older than the tolerance": 2 },
    });
  });

  test.each([
    [["gps=1ms", "gps=nearest"], "How gps is joined is said twice."],
    [["pose=1ms"], "for another port than that whose messages make the rows"],
    [["gsp=1ms"], "for one of gps, imu, pose"],
  ])("%j is refused", async (asof, said) => {
    expect(await joined(...asof)).toEqual({ code: 2, said: expect.stringContaining(said) });
  });

  test.skipIf(!existsSync(mrclam6) && process.env.CI !== "true")("of a real robot, imported and joined", async () => {
    const [map, drive] = [join(dir, "drive.map.yaml"), join(dir, "mrclam6.mcap")];
    const table = (name: string, columns: string) =>
      `{path: ${join(mrclam6, name)}, delimiter: whitespace, comment: "#", columns: [${columns}]}`;
    await writeFile(
      map,
      `limbeck: 1
recordings:
  odometry: ${table("Robot3_Odometry.dat.gz", "t, v, w")}
  camera: ${table("Robot3_Measurement.dat.gz", "t, barcode, range, bearing")}
  vicon: ${table("Robot3_Groundtruth.dat.gz", "t, x, y, heading")}
streams:
  motion: {from: odometry, time: t, fields: {speed: v, turn: w}}
  sighting: {from: camera, time: t, fields: {range: range, bearing: bearing}}
  truth: {from: vicon, time: t, fields: {position: [x, y], heading: heading}}
`,
    );
    const ports = ["--inputs", "motion,sighting", "--outputs", "truth", "--json"];
    const imported = await run("recording", "import", "--map", map, "--output", drive);
    expect([imported.code, imported.stderr]).toEqual([0, expect.anything()]);
    const built = async (...words: string[]) => {
      const out = join(dir, `mrclam6-${words.length}`);
      const { stdout } = await run("dataset", "build", drive, "--output", out, ...ports, ...words);
      return JSON.parse(stdout);
    };
    // as many as numpy finds in the files (searchsorted on stamps in whole ms)
    expect(await built("--asof", "motion=20ms,nearest", "--asof", "sighting=1s")).toMatchObject({ rows: 42_614 });
    const anchored = ["--anchor", "sighting", "--asof", "motion=20ms,nearest", "--asof", "truth=30ms,nearest"];
    expect(await built(...anchored)).toMatchObject({
      rows: 5347,
      incomplete: { "motion outside the tolerance": 276, "truth outside the tolerance": 4 },
    });
  });
});

test("a row says where it is from, and one that is not there is refused", async () => {
  const built = join(dir, "rows");
  await run("dataset", "build", recording, "--output", built);
  const { code, stdout } = await run("dataset", "lineage", built, "49");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/row 49 of 50[\s\S]*controller\.torque +output/)]);
  const none = await run("dataset", "lineage", built, "50");
  expect([none.code, none.stderr]).toEqual([
    2,
    expect.stringContaining(`L0773: ${built} has no row 50: its rows are 0 to 49`),
  ]);
});

test("one split of a dataset is exported, a feature a port", async () => {
  const [built, out] = [join(dir, "whole"), join(dir, "lerobot")];
  await run("dataset", "build", recording, "--output", built);
  const words = ["--format", "lerobot", "--split", "test", "--features", "ports", "--json"];
  const { code, stdout, stderr } = await run("recording", "export", built, out, ...words);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ format: "lerobot", rows: 10 });
  const info = JSON.parse(await readFile(join(out, "meta", "info.json"), "utf8"));
  expect(Object.keys(info.features)).toEqual(expect.arrayContaining(["observation.arm", "observation.grip"]));
  const wrong = await run("recording", "export", built, join(dir, "none"), "--split", "tset");
  expect([wrong.code, wrong.stderr]).toStrictEqual([2, expect.stringContaining("train, validation, test")]);
});

test("what is there, and what is no recording, is refused", async () => {
  const out = join(dir, "home", "datasets", "reach-0001");
  const there = await run("dataset", "build", recording, "--output", out);
  expect([there.code, there.stderr]).toStrictEqual([2, expect.stringContaining("L0714")]);
  const nothing = await run("dataset", "build", join(dir, "nothing"));
  expect([nothing.code, nothing.stderr]).toStrictEqual([3, expect.stringContaining("L0001")]);
});
