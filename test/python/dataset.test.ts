/** `limbeck_torch.py` reads what the dataset's own views and loader read. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../src/dataset/build.js";
import { loader } from "../../src/dataset/loader.js";
import { openDataset, testView, trainingView } from "../../src/dataset/open.js";
import { recordSample } from "../dataset/export/sample.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("torch", "numpy");
const folder = resolve(import.meta.dirname, "../../python");

let dir = "";
let dataset = "";
let read: Read;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-torch-"));
  const recordings = [
    await recordSample(join(dir, "a.mcap"), { rows: 60 }),
    await recordSample(join(dir, "b.mcap"), { rows: 50, seed: 2 }),
  ];
  dataset = join(dir, "dataset");
  await buildDataset({ recordings, out: dataset, shardBytes: 100 });
  if (python !== undefined) read = runPython<Read>(python, CODE, [dataset]);
});
afterAll(() => rm(dir, { recursive: true }));

interface Read {
  readonly columns: readonly (readonly [string, string, string | null])[];
  readonly x: readonly (readonly number[])[];
  readonly y: readonly (readonly number[])[];
  readonly test_y: readonly (readonly number[])[];
  readonly one: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly back: number;
  readonly windows: { readonly [key: string]: readonly (readonly (readonly number[])[])[] };
  readonly orders: { readonly [name: string]: readonly (readonly number[])[] };
  readonly batches: number;
}

const CODE = `
import json, sys
sys.path.insert(0, ${JSON.stringify(folder)})
import torch
from limbeck_torch import RecordedDataset, to_dataloader

path = sys.argv[1]
raw = RecordedDataset(path, "train", normalise=False)
x, y = raw[:]
rows = RecordedDataset(path, "train")
nx, ny = rows[:]

def order(workers, seed, epochs=1):
    loader = to_dataloader(raw, 16, shuffle=True, seed=seed, num_workers=workers)
    return [torch.cat([x[:, 2] for x, _ in loader]).tolist() for _ in range(epochs)]

print(json.dumps({
    "columns": raw.inputs,
    "x": x.double().tolist(),
    "y": y.double().tolist(),
    "test_y": RecordedDataset(path, "test", normalise=False)[:][1].double().tolist(),
    "one": raw[3][0].double().tolist(),
    "mean": nx.double().mean(0).tolist(),
    "std": nx.double().std(0, unbiased=False).tolist(),
    "back": (rows.to_units(ny) - y).abs().max().item(),
    "windows": {
        str(pad): RecordedDataset(path, "train", history=3, pad=pad, normalise=False)[:][0].double().tolist()
        for pad in (None, "first")
    },
    "orders": {"seed 7": order(0, 7, 2), "two workers": order(2, 7, 2), "seed 8": order(0, 8)},
    "batches": len(to_dataloader(raw, 16)),
}))
`;

const matrix = async (which: string, split: "train" | "test") => {
  const opened = await openDataset(dataset);
  const { rows, width, data } = await (split === "test" ? testView(opened) : trainingView(opened)).matrix(which, split);
  await opened.close();
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
};

describe.skipIf(python === undefined)("RecordedDataset", () => {
  test("has the rows and columns of the split", async () => {
    expect(read.columns).toStrictEqual([
      ["arm", "[0]", "m"],
      ["arm", "[1]", "m"],
      ["grip", "value", "N"],
    ]);
    expect(read.x).toStrictEqual(await matrix("inputs", "train"));
    expect(read.y).toStrictEqual(await matrix("outputs", "train"));
    expect(read.test_y).toStrictEqual(await matrix("outputs", "test"));
    expect(read.one).toStrictEqual(read.x[3]);
  });

  test("normalises by the training rows, and back", () => {
    for (const mean of read.mean) expect(Math.abs(mean)).toBeLessThan(1e-6);
    for (const std of read.std) expect(Math.abs(std - 1)).toBeLessThan(1e-6);
    expect(read.back).toBeLessThan(1e-5);
  });

  test.each([
    ["None", undefined],
    ["first", "first" as const],
  ])("histories (pad %s) are the loader's", async (key, pad) => {
    const opened = await openDataset(dataset);
    const view = trainingView(opened);
    const wanted: number[][][] = [];
    for await (const { inputs } of loader(view, { batch: 7, history: 3, ...(pad && { pad }) }))
      for (let i = 0; i < inputs.rows; i++)
        wanted.push(
          [0, 1, 2].map((k) => {
            const at = (3 * i + k) * inputs.width;
            return Array.from(inputs.data.subarray(at, at + inputs.width));
          }),
        );
    await opened.close();
    expect(read.windows[key]).toStrictEqual(wanted);
  });

  test("each row comes once an epoch, in an order that the seed gives, with any number of workers", () => {
    const [first, second] = read.orders["seed 7"]!;
    const rows = read.x.map((row) => row[2]!);
    const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
    expect(sorted(first!)).toStrictEqual(sorted(rows));
    expect(sorted(second!)).toStrictEqual(sorted(rows));
    expect(first).not.toStrictEqual(rows);
    expect(second).not.toStrictEqual(first);
    expect(read.orders["two workers"]).toStrictEqual(read.orders["seed 7"]);
    expect(read.orders["seed 8"]![0]).not.toStrictEqual(first);
    expect(read.batches).toBe(Math.ceil(rows.length / 16));
  });

  test("what it does not know, or what is damaged, is refused by name", async () => {
    const manifest = await readFile(join(dataset, "dataset.json"), "utf8");
    const spoiled = async (name: string, change: (text: string) => string) => {
      const copy = join(dir, name);
      await cp(dataset, copy, { recursive: true });
      await writeFile(join(copy, "dataset.json"), change(manifest));
      return copy;
    };
    const unknown = { over: "rows", steps: [{ kind: "wavelet", port: "arm" }] };
    const damaged = join(dir, "damaged");
    await cp(dataset, damaged, { recursive: true });
    const [file] = JSON.parse(manifest).inputs[0].shards;
    const bytes = await readFile(join(damaged, file.file));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(damaged, file.file), bytes);
    const paths = [
      await spoiled("transform", (text) => JSON.stringify({ ...JSON.parse(text), transforms: unknown })),
      await spoiled("outside", (text) => text.replace(file.file, "../../etc/passwd")),
      await spoiled("format", (text) => text.replace('"limbeck_dataset": 1', '"limbeck_dataset": 2')),
      damaged,
    ];
    const code = `
import json, sys
sys.path.insert(0, ${JSON.stringify(folder)})
from limbeck_torch import RecordedDataset
def said(path):
    try:
        RecordedDataset(path)
    except ValueError as error:
        return str(error)
print(json.dumps([said(path) for path in sys.argv[1:]]))`;
    expect(runPython<(string | null)[]>(python!, code, paths)).toStrictEqual([
      expect.stringContaining("transforms that this file does not know: wavelet"),
      expect.stringContaining("names a file that is not its own"),
      expect.stringContaining("is no dataset of format 1"),
      expect.stringContaining("is damaged"),
    ]);
  });
});
