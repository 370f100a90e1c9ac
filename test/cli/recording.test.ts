/** `limbeck recording …` as it is typed. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limbeck } from "./command.js";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "limbeck-recording-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const run = (line: string) => limbeck(line.split(" "), { cwd });

test("a table is imported, described, cut, recovered, and exported", async () => {
  const rows = Array.from({ length: 40_000 }, (_, i) => `${i / 100},${i},${-i}`);
  writeFileSync(join(cwd, "log.csv"), `t,x,y\n${rows.join("\n")}\n`);
  const imported = await run("recording import log.csv --time t --output log.mcap --json");
  expect(imported).toMatchObject({ code: 0 });
  expect(JSON.parse(imported.stdout)).toMatchObject({
    file: "log.mcap",
    messages: 40_000,
    span_ns: 399_990_000_000,
    problems: [],
  });

  const info = await run("recording info log.mcap --json");
  expect(JSON.parse(info.stdout)).toMatchObject({
    messages: 40_000,
    whole: true,
    channels: [{ port: "log", messages: 40_000 }],
  });
  const others = await run("recording info log.csv --json");
  expect(JSON.parse(others.stdout)).toMatchObject({
    format: "csv",
    messages: 40_000,
    channels: [{ messages: 40_000 }],
  });

  copyFileSync(join(cwd, "log.mcap"), join(cwd, "torn.mcap"));
  truncateSync(join(cwd, "torn.mcap"), Math.floor(readFileSync(join(cwd, "log.mcap")).length * 0.7));
  expect((await run("recording recover log.mcap whole.mcap")).code).toBe(0);
  expect(readFileSync(join(cwd, "whole.mcap"))).toEqual(readFileSync(join(cwd, "log.mcap")));
  const torn = await run("recording recover torn.mcap mended.mcap --json");
  expect(torn.code).toBe(3);
  const { messages } = JSON.parse(torn.stdout);
  expect(messages).toBeGreaterThan(0);
  expect(messages).toBeLessThan(40_000);
  truncateSync(join(cwd, "torn.mcap"), 20);
  expect((await run("recording recover torn.mcap none.mcap")).code).toBe(1);
  expect(existsSync(join(cwd, "none.mcap"))).toBe(false);

  const exported = await run("recording export log.mcap log.npz --json");
  expect(exported.code).toBe(0);
  expect(JSON.parse(exported.stdout)).toMatchObject({ format: "npz", rows: 40_000 });
});

test("a log is joined as it is exported, and the new name's ending is the format", async () => {
  const lines = (columns: string, step: number) =>
    Array.from({ length: 50 }, (_, i) => `${((i * step) / 1000).toFixed(3)},${i}`).reduce(
      (a, b) => `${a}\n${b}`,
      columns,
    );
  writeFileSync(join(cwd, "fast.csv"), lines("t,x", 10));
  writeFileSync(join(cwd, "slow.csv"), lines("t,y", 25));
  writeFileSync(
    join(cwd, "two.map.yaml"),
    `limbeck: 1
recordings: {fast: {path: fast.csv}, slow: {path: slow.csv}}
streams: {fast: {from: fast, time: t, fields: {x: x}}, slow: {from: slow, time: t, fields: {y: y}}}
`,
  );
  expect((await run("recording import --map two.map.yaml --output two.mcap")).code).toBe(0);
  const asked = "recording export two.mcap two.csv --inputs fast --outputs slow --asof fast=0ms --json";
  const joined = await run(asked);
  expect(JSON.parse(joined.stdout)).toMatchObject({
    format: "csv",
    rows: 10,
    incomplete: { "fast older than the tolerance": 40 },
  });
  const near = await run(
    asked.replace("two.csv", "near.npz").replace("--asof fast=0ms", "--anchor fast --direction nearest"),
  );
  expect(JSON.parse(near.stdout)).toMatchObject({ format: "npz", rows: 50, incomplete: {} });
  const none = await run("recording export two.mcap two.parquet");
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("L0786: there is no format `parquet`")]);
  const frames = await run("recording export two.mcap frames --fps 0");
  expect([frames.code, frames.stderr]).toEqual([2, expect.stringContaining("a number above 0")]);
});

test("a table whose columns are divided otherwise is told as that", async () => {
  writeFileSync(join(cwd, "semi.csv"), "t;x\n1;2\n");
  const { code, stderr } = await run("recording import semi.csv");
  expect([code, stderr]).toEqual([1, expect.stringContaining('delimiter: ";"')]);
});

test("times are decimals, however small", async () => {
  writeFileSync(join(cwd, "small.csv"), "t,x\n0,1\n0.000000005,2\n10.5,3\n");
  expect((await run("recording import small.csv --time t --output small.mcap")).code).toBe(0);
  const { stdout } = await run("recording info small.mcap");
  expect(stdout).toMatch(/span\s+10\.5 s/);
  expect(stdout).toMatch(/ 0 +10\.5\n/);
  writeFileSync(join(cwd, "tiny.csv"), "t,x\n0,1\n0.000000005,2\n");
  expect((await run("recording import tiny.csv --time t --output tiny.mcap")).code).toBe(0);
  const tiny = (await run("recording info tiny.mcap")).stdout;
  expect(tiny).toMatch(/span\s+0\.000000005 s/);
  expect(tiny).toMatch(/ 0 +0\.000000005\n/);
});

test("what is wrong is told, with the exit code that fits, and nothing is written over", async () => {
  writeFileSync(join(cwd, "a.csv"), "t,x\n1,2\n");
  expect((await run("recording import a.csv --time t --output a.csv")).code).toBe(2);
  expect((await run("recording import b.csv --time t")).stderr).toContain("Did you mean `a.csv`?");
  expect(await run("recording import a.csv --time tt")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("L0742"),
  });
  expect(await run("recording import a.csv")).toMatchObject({ code: 1, stderr: expect.stringContaining("`time: t`") });
  expect((await run("recording import")).code).toBe(3);
  expect((await run("recording")).code).toBe(2);
});
