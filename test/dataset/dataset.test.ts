/** Datasets: built, opened, loaded. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../src/dataset/build.js";
import { loader } from "../../src/dataset/loader.js";
import { type DatasetManifest, withDigest } from "../../src/dataset/manifest.js";
import { openDataset, testView, trainingView } from "../../src/dataset/open.js";
import type { BuildOptions } from "../../src/dataset/options.js";
import type { SplitSpec } from "../../src/dataset/split.js";
import { joints, PORTS, recordMessages, recordRows, torque } from "./recordings.js";

let dir = "";
let reach = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-dataset-"));
  reach = await recordRows(join(dir, "reach.mcap"), 100);
});
afterAll(() => rm(dir, { recursive: true }));

let made = 0;
const fresh = () => join(dir, `dataset-${made++}`);
const SPLIT: SplitSpec = { by: "time", fractions: [0.64, 0.16, 0.2] };

const build = async (options: Partial<BuildOptions> = {}) => {
  const out = fresh();
  const manifest = await buildDataset({ recordings: [reach], out, split: SPLIT, ...options });
  return { out, manifest };
};

describe("building from rows", () => {
  test("columns, units, splits and lineage are those of the recording", async () => {
    const { out, manifest } = await build();
    expect(manifest).toMatchObject({
      limbeck_dataset: 1,
      rows: 100,
      join: { by: "row" },
      split: SPLIT,
      splits: { train: [[0, 64]], validation: [[64, 80]], test: [[80, 100]] },
      recordings: [{ file: "reach.mcap", rows: 100, whole: true, graph: "arm", digest: "d", seed: 1 }],
      incomplete: {},
    });
    expect(manifest.inputs.map((p) => p.columns)).toStrictEqual([
      [
        { name: "position[0]:sin" },
        { name: "position[0]:cos" },
        { name: "position[1]:sin" },
        { name: "position[1]:cos" },
        { name: "velocity[0]", unit: "rad/s" },
        { name: "velocity[1]", unit: "rad/s" },
      ],
    ]);
    expect((await readdir(out, { recursive: true })).sort()).toStrictEqual([
      "dataset.json",
      "inputs",
      "inputs/joints.npy",
      "lineage",
      "lineage/episode.npy",
      "lineage/microstep.npy",
      "lineage/recording.npy",
      "lineage/sequence.npy",
      "lineage/stamp_ns.npy",
      "lineage/tag_ns.npy",
      "outputs",
      "outputs/controller.torque.npy",
    ]);

    const view = trainingView(await openDataset(out));
    const validation = await view.matrix("joints", "validation");
    expect(validation).toMatchObject({ rows: 16, width: 6 });
    expect(validation.columns[4]).toStrictEqual({ port: "joints", name: "velocity[0]", unit: "rad/s" });
    expect(validation.data.slice(0, 6)).toStrictEqual(Float32Array.of(Math.sin(0.64), Math.cos(0.64), 0, 1, 64, -64));
    const lineage = await view.lineage("validation");
    expect(lineage.tag_ns[0]).toBe(640_000_000n);
    expect(lineage.sequence[15]).toBe(79n);
  });

  test("statistics see training rows only", async () => {
    const { manifest } = await build();
    const { statistics } = manifest.outputs[0]!;
    expect(statistics.max[0]).toBe(126);
    expect(statistics.mean[0]).toBe(63);
    const loud = await recordRows(join(dir, "loud.mcap"), 100, {
      change: (port, i) => (port !== "joints" && i >= 64 ? new Float64Array([1e6, 1e6]) : undefined),
    });
    expect((await build({ recordings: [loud] })).manifest.outputs[0]!.statistics).toStrictEqual(statistics);
  });

  test("the same recordings give the same digest, others another", async () => {
    const { manifest } = await build();
    expect((await build()).manifest).toStrictEqual(manifest);
    const other = await recordRows(join(dir, "other.mcap"), 100, { seed: 2 });
    expect((await build({ recordings: [other] })).manifest.digest).not.toBe(manifest.digest);
  });

  test("ports can be chosen and ordered", async () => {
    const { out, manifest } = await build({ inputs: ["controller.torque"], outputs: ["joints"] });
    expect(manifest.inputs.map((p) => p.port)).toStrictEqual(["controller.torque"]);
    expect((await trainingView(await openDataset(out)).matrix("inputs", "train")).width).toBe(2);
  });

  test("large columns are sharded, and read as one", async () => {
    const { out, manifest } = await build({ shardBytes: 24 * 30, dtype: "float64" });
    expect(manifest.inputs[0]!.shards.map((s) => [s.file, s.rows])).toStrictEqual(
      Array.from({ length: 7 }, (_, i) => [`inputs/joints-0000${i}.npy`, i < 6 ? 15 : 10]),
    );
    const data = await openDataset(out);
    const train = await trainingView(data).matrix("inputs", "train");
    const rest = await testView(data).matrix("inputs", "test");
    expect(train.data).toBeInstanceOf(Float64Array);
    const velocities = (m: typeof train) => Array.from({ length: m.rows }, (_, i) => m.data[i * 6 + 4]);
    expect(velocities(train)).toStrictEqual(Array.from({ length: 64 }, (_, i) => i));
    expect(velocities(rest)).toStrictEqual(Array.from({ length: 20 }, (_, i) => 80 + i));
  });

  test("several recordings are several episodes, split whole", async () => {
    const recordings = await Promise.all(
      [1, 2, 3, 4, 5].map((seed) => recordRows(join(dir, `episode-${seed}.mcap`), 10, { seed })),
    );
    const { out, manifest } = await build({
      recordings,
      split: { by: "episode", fractions: [0.6, 0.2, 0.2], seed: 9 },
    });
    expect(manifest.rows).toBe(50);
    const sizes = (ranges: readonly (readonly number[])[]) => ranges.map(([a, b]) => b! - a!);
    expect([manifest.splits.train, manifest.splits.validation, manifest.splits.test].map(sizes)).toStrictEqual([
      [10, 10, 10],
      [10],
      [10],
    ]);
    const { episode } = await testView(await openDataset(out)).lineage("test");
    expect(new Set(episode).size).toBe(1);
  });

  test("a recording that was cut off gives its whole rows", async () => {
    const cut = await recordRows(join(dir, "cut.mcap"), 100, { cut: 9000 });
    const { manifest } = await build({ recordings: [cut] });
    expect(manifest.recordings[0]!.whole).toBe(false);
    expect(manifest.rows).toBeGreaterThan(20);
    expect(manifest.rows).toBeLessThan(100);
  });
});

describe("building by stamp", () => {
  const at = (port: string, stamp_ns: number, x: number) => ({
    port,
    tag_ns: stamp_ns + 3,
    stamp_ns,
    message: port === "joints" ? joints(x) : torque(x),
  });

  test("each output takes the latest input that is not later, and the rest is counted", async () => {
    const sent = [at("controller.torque", 5, 99)];
    for (let i = 1; i <= 30; i++) sent.push(at("joints", 10 * i, i), at("controller.torque", 10 * i + 4, i));
    sent.push(at("controller.torque", 400, 98));
    const path = await recordMessages(join(dir, "relation.mcap"), PORTS, sent);
    const { out, manifest } = await build({ recordings: [path], tolerance_ns: 5 });
    expect(manifest).toMatchObject({
      rows: 30,
      join: { by: "stamp", anchor: "controller.torque", direction: "backward", tolerance_ns: 5 },
      incomplete: { "no joints yet": 1, "joints older than the tolerance": 1 },
    });
    const view = trainingView(await openDataset(out));
    const inputs = await view.matrix("inputs", "train");
    const outputs = await view.matrix("outputs", "train");
    for (let i = 0; i < inputs.rows; i++) expect(2 * inputs.data[i * 6 + 4]!).toBe(outputs.data[i * 2]);
    const { tag_ns, stamp_ns } = await view.lineage("train");
    expect([tag_ns[0], stamp_ns[0]]).toStrictEqual([17n, 14n]);
  });
});

describe("opening", () => {
  const tampered = async (change: (manifest: DatasetManifest) => DatasetManifest) => {
    const { out, manifest } = await build();
    await writeFile(join(out, "dataset.json"), JSON.stringify(change(manifest)));
    return out;
  };

  test("the training view has no test rows", async () => {
    const { out } = await build();
    const data = await openDataset(out);
    const view = trainingView(data);
    expect(() => view.matrix("inputs", "test")).toThrow(
      "L0718: this view has the rows of train and validation, and none of the test split",
    );
    expect(() => view.rows("test")).toThrow("L0718");
    await expect(view.lineage("test")).rejects.toThrow("L0718");
    expect(data.testViews).toBe(0);
    expect(() => testView(data).matrix("inputs", "train")).toThrow("L0718");
    expect(testView(data).rows("test")).toBe(20);
    expect(data.testViews).toBe(2);
  });

  test("no byte of a test row reaches the training view", async () => {
    const { out } = await build();
    const data = await openDataset(out, { digests: "open" });
    const path = join(out, "outputs/controller.torque.npy");
    const bytes = await readFile(path);
    bytes.fill(0xff, bytes.length - 20 * 2 * 4);
    await writeFile(path, bytes);
    const { rows, data: values } = await trainingView(data).matrix("outputs", "train");
    expect(rows).toBe(64);
    expect(values.every(Number.isFinite)).toBe(true);
    expect((await testView(data).matrix("outputs", "test")).data.every(Number.isNaN)).toBe(true);
  });

  test("a planted leak is refused, though the digest is right", async () => {
    const out = await tampered(({ digest, ...rest }) =>
      withDigest({
        ...rest,
        splits: {
          ...rest.splits,
          train: [
            [0, 64],
            [90, 95],
          ],
        },
      }),
    );
    await expect(openDataset(out)).rejects.toThrow("L0719: the train and test splits share row 90");
  });

  test("a changed file, manifest or length is refused", async () => {
    const { out } = await build();
    const path = join(out, "inputs/joints.npy");
    const bytes = await readFile(path);
    bytes[500]! ^= 1;
    await writeFile(path, bytes);
    const changed = `L0717: ${path} is damaged: its bytes have changed`;
    await expect(openDataset(out, { digests: "open" })).rejects.toThrow(changed);
    const data = await openDataset(out);
    await expect(data.verify()).rejects.toThrow(changed);
    const view = trainingView(await openDataset(out));
    await expect(view.matrix("inputs", "train")).rejects.toThrow(changed);
    await expect(loader(view, { batch: 8 }).next()).rejects.toThrow(changed);
    expect((await view.matrix("outputs", "train")).rows).toBe(64);
    await writeFile(path, bytes.subarray(0, -4));
    await expect(openDataset(out)).rejects.toThrow("L0717");
    await writeFile(path, Buffer.from("no array"));
    await expect(openDataset(out)).rejects.toThrow("it is no float32 array of [100, 6]");
    await rm(path);
    await expect(openDataset(out)).rejects.toThrow("L0717");

    await expect(openDataset(await tampered((m) => ({ ...m, rows: 99 })))).rejects.toThrow("does not have the digest");
    const short = await tampered(({ digest, ...rest }) => withDigest({ ...rest, rows: 99 }));
    await expect(openDataset(short)).rejects.toThrow("columns of different lengths");
    const outside = await tampered(({ digest, ...rest }) =>
      withDigest({
        ...rest,
        lineage: { ...rest.lineage, episode: { ...rest.lineage.episode, file: "lineage/../../x.npy" } },
      }),
    );
    await expect(openDataset(outside)).rejects.toThrow("L0716");
  });

  test("no dataset is said to be none", async () => {
    await expect(openDataset(join(dir, "nowhere"))).rejects.toThrow("it has no dataset.json");
    const out = await tampered(() => ({ ...({} as DatasetManifest) }));
    await expect(openDataset(out)).rejects.toThrow("L0716");
    await writeFile(join(out, "dataset.json"), "{");
    await expect(openDataset(out)).rejects.toThrow("is not JSON");
  });

  test("an unknown port comes with the nearest", async () => {
    const { out } = await build();
    const view = trainingView(await openDataset(out));
    expect(() => view.matrix("joint", "train")).toThrow("Did you mean `joints`?");
  });
});

describe("loader", () => {
  test.each([1, 7, 64, 1000])("batches of %i give each row once an epoch", async (batch) => {
    const { out } = await build();
    const view = trainingView(await openDataset(out));
    for (const shuffle of [false, true]) {
      const epochs: number[][] = [[], []];
      for await (const b of loader(view, { batch, shuffle, seed: 3, epochs: 2 })) {
        expect(b.inputs.rows).toBe(b.rows.length);
        expect(b.rows.length).toBeLessThanOrEqual(batch);
        b.rows.forEach((row, i) => {
          expect(b.inputs.data[i * 6 + 4]).toBe(row);
          expect(b.outputs.data[i * 2]).toBe(2 * row);
          epochs[b.epoch]!.push(row);
        });
      }
      const all = Array.from({ length: 64 }, (_, i) => i);
      for (const rows of epochs) expect([...rows].sort((a, b) => a - b)).toStrictEqual(all);
      expect(JSON.stringify(epochs[0]) === JSON.stringify(all)).toBe(!shuffle);
      expect(JSON.stringify(epochs[0]) === JSON.stringify(epochs[1])).toBe(!shuffle);
    }
  });

  test("a seed repeats, and a test batch needs the test view", async () => {
    const { out } = await build();
    const view = trainingView(await openDataset(out));
    const rows = async (seed: number) => {
      const seen: number[] = [];
      for await (const b of loader(view, { batch: 8, shuffle: true, seed })) seen.push(...b.rows);
      return seen;
    };
    expect(await rows(1)).toStrictEqual(await rows(1));
    expect(await rows(1)).not.toStrictEqual(await rows(2));
    await expect(loader(view, { batch: 8, split: "test" }).next()).rejects.toThrow("L0718");
    await expect(loader(view, { batch: 0 }).next()).rejects.toThrow("L0723");
  });
});
