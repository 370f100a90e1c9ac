/** `limbeck dataset`: what is built, and what it says. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as limbeck from "../../src/limbeck.js";
import { recordSample } from "../dataset/export/sample.js";
import { inside } from "./command.js";

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
