/** An export is there whole, or not at all; what it is made of is refused when it cannot be. */
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../../src/dataset/build.js";
import { blocksOf } from "../../../src/dataset/export/blocks.js";
import { exportDataset, formats } from "../../../src/dataset/export/export.js";
import { diskFiles, type ExportFiles } from "../../../src/dataset/export/files.js";
import { datasetSource } from "../../../src/dataset/export/source.js";
import { recordSample } from "./sample.js";

let dir = "";
let recording = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-export-"));
  recording = await recordSample(join(dir, "a.mcap"), { rows: 30 });
});
afterAll(() => rm(dir, { recursive: true }));

/** A disk that fails at its n-th write, and counts them. */
function failing(at: number): ExportFiles & { readonly writes: number } {
  let writes = 0;
  const step = () => {
    if (writes++ === at) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  };
  return {
    ...diskFiles,
    get writes() {
      return writes;
    },
    async create(path) {
      step();
      const sink = await diskFiles.create(path);
      return {
        async write(bytes) {
          step();
          await sink.write(bytes);
        },
        close: () => sink.close(),
      };
    },
    async write(path, parts) {
      step();
      await diskFiles.write(path, parts);
    },
    async rename(from, to) {
      step();
      await diskFiles.rename(from, to);
    },
  };
}

describe.each(formats.map(({ name }) => name))("%s", (format) => {
  test("a full disk at any write leaves nothing behind", async () => {
    const folder = await mkdtemp(join(dir, "full-"));
    const out = join(folder, "x");
    const counted = failing(Number.POSITIVE_INFINITY);
    await exportDataset(recording, format, join(dir, `whole-${format}`), { files: counted });
    expect(counted.writes).toBeGreaterThan(2);
    for (let at = 0; at < counted.writes; at++) {
      await expect(exportDataset(recording, format, out, { files: failing(at) })).rejects.toThrow(/L0781.*ENOSPC/s);
      expect(await readdir(folder)).toStrictEqual([]);
    }
  });

  test("what is there is refused, and stays as it is", async () => {
    const out = join(dir, `there-${format}`);
    await writeFile(out, "mine");
    await expect(exportDataset(recording, format, out)).rejects.toThrow("L0780");
    expect(await readFile(out, "utf8")).toBe("mine");
  });

  test("an interrupt leaves nothing behind", async () => {
    const folder = await mkdtemp(join(dir, "stop-"));
    await expect(
      exportDataset(recording, format, join(folder, "x"), { signal: AbortSignal.abort() }),
    ).rejects.toThrow();
    expect(await readdir(folder)).toStrictEqual([]);
  });
});

test("the file beside a CSV is not overwritten either", async () => {
  const out = join(dir, "y.csv");
  await writeFile(`${out}-metadata.json`, "mine");
  await expect(exportDataset(recording, "csv", out)).rejects.toThrow("L0780");
  expect(await readFile(`${out}-metadata.json`, "utf8")).toBe("mine");
  expect((await readdir(dir)).filter((name) => name.includes("y.csv"))).toStrictEqual(["y.csv-metadata.json"]);
});

test("an unknown format has a nearest", async () => {
  await expect(exportDataset(recording, "lerobt", join(dir, "z"))).rejects.toThrow("Did you mean `lerobot`?");
});

test("a damaged dataset is refused", async () => {
  const dataset = join(dir, "dataset");
  await buildDataset({ recordings: [recording], out: dataset });
  await truncate(join(dataset, "inputs", "arm.npy"), 100);
  await expect(exportDataset(dataset, "csv", join(dir, "damaged.csv"))).rejects.toThrow("L0717");
});

test("rows of a split are the same rows, in pieces of any size", async () => {
  const dataset = join(dir, "split");
  const split = { by: "row" as const, fractions: [0.4, 0.3, 0.3], seed: 5 };
  const { splits } = await buildDataset({ recordings: [recording], out: dataset, split });
  const [all] = (await datasetSource(dataset, {})).tables;
  const [part] = (await datasetSource(dataset, { split: "train" })).tables;
  const whole = await all!.lineage("tag_ns", 0, all!.rows);
  const wanted = splits.train.flatMap(([from, to]) => Array.from(whole.slice(from, to)));
  expect(part!.rows).toBe(wanted.length);
  for (let from = 0; from < wanted.length; from++)
    expect(Array.from(await part!.lineage("tag_ns", from, wanted.length))).toStrictEqual(wanted.slice(from));
  for await (const { data } of blocksOf(part!)) expect(data[1]).toHaveLength(wanted.length);
  expect(part!.episodes.at(-1)!.rows[1]).toBe(wanted.length);
});
