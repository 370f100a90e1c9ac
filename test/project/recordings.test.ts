/** Recordings have a number of their own, whether one file or a folder of episodes, and are found by it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordingsIn } from "../../src/project/record.js";
import { fileRecordings, nextFolder } from "../../src/project/recordings.js";
import { problemsOf } from "../support/graphs.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-recordings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a file and a folder never have one number", async () => {
  const facts = { graph: "arm", digest: "", seed: 0 };
  const keep = async () => {
    const recordings = fileRecordings(folder, facts, "heat");
    const recording = await recordings.open({ as: "heat", rows: "firings", ports: [] });
    await recording.close();
  };
  await keep();
  expect(basename(await nextFolder(folder, "heat"))).toBe("heat-0002");
  await keep();
  expect(readdirSync(folder).sort()).toEqual(["heat-0001.mcap", "heat-0002", "heat-0003.mcap"]);
});

test("a recording is found with and without its ending; a folder means what is in it", async () => {
  const at = (...names: string[]) => join(folder, ...names);
  writeFileSync(at("heat-0001.mcap"), "");
  mkdirSync(at("heat-0002"));
  for (const name of ["episode-0002.mcap", "episode-0001.mcap", "notes.txt"]) writeFileSync(at("heat-0002", name), "");
  expect(recordingsIn(at("heat-0001"))).toEqual([at("heat-0001.mcap")]);
  expect(recordingsIn(at("heat-0001.mcap"))).toEqual([at("heat-0001.mcap")]);
  const episodes = ["episode-0001.mcap", "episode-0002.mcap"].map((name) => at("heat-0002", name));
  expect(recordingsIn(at("heat-0002"))).toEqual(episodes);
  const missing = async () => recordingsIn(at("heat-0009"));
  expect(await problemsOf(missing())).toMatchObject([{ code: "L0001", message: expect.stringContaining("heat-0009") }]);
});
