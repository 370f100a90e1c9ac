/** A module of PyTorch becomes a model of the store that says the same, and takes its nodes' place. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDataset, testView } from "../../src/dataset/open.js";
import { openLoop } from "../../src/distill/score.js";
import { predict } from "../../src/distill/students/predict.js";
import * as limbeck from "../../src/limbeck.js";
import { METADATA_KEY } from "../../src/models/metadata.js";
import { openModel } from "../../src/models/store.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import type { Matrix } from "../../src/train/matrix.js";
import { inside } from "../cli/command.js";
import { pythonWith, runPython } from "../support/python.js";

const python = pythonWith("torch", "numpy");
const root = resolve(import.meta.dirname, "../..");
const graph = join(root, "graphs", "arm-reach.graph.yaml");

/** In another order than the controller has its ports, and under other names. */
const RECORD = `limbeck: 1
rewrites:
  - record: {as: own, inputs: [gravity.torque, joints, ik.angles], outputs: [controller.torque]}
`;

const CODE = `
import json, sys
sys.path.insert(0, ${JSON.stringify(join(root, "python"))})
import torch
from torch import nn
from limbeck_torch import RecordedDataset, export_policy

path, plain, window = sys.argv[1:]
torch.manual_seed(1)

def said(history, file):
    rows = RecordedDataset(path, "train", history, pad=None if history is None else "first")
    inputs = len(rows.inputs) * (history or 1)
    module = nn.Sequential(nn.Flatten(), nn.Linear(inputs, 16), nn.Dropout(0.5), nn.ReLU(), nn.Linear(16, 2))
    metrics = export_policy(module, rows, file, seed=3, settings={"note": "untrained"})
    test = RecordedDataset(path, "test", history, pad=rows.pad)
    with torch.no_grad():
        y = test.to_units(module.eval()(test[:][0]))
    try:
        export_policy(module, rows, file)
        again = "written twice"
    except FileExistsError as error:
        again = "refused"
    return {"metrics": metrics, "y": y.double().tolist(), "training": module.training, "again": again}

print(json.dumps([said(None, plain), said(4, window)]))
`;

interface Said {
  readonly metrics: { readonly nmse: readonly number[]; readonly nmse_mean: number };
  readonly y: readonly (readonly number[])[];
  readonly again: string;
}

let dir = "";
let home = "";
let dataset = "";
let said: readonly Said[] = [];
const run = (...words: string[]) => inside([...words, "--home", home, "--json"], { api: limbeck });
const add = (name: string, file: string, ...words: string[]) =>
  run("models", "add", name, join(dir, file), "--graph", graph, ...words);

const done = async (ended: ReturnType<typeof run>) => {
  const { code, stdout, stderr } = await ended;
  expect(code, stdout + stderr).toBe(0);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-policy-"));
  home = join(dir, "home");
  await writeFile(join(dir, "own.rewrite.yaml"), RECORD);
  if (python === undefined) return;
  await done(run("simulate", graph, "--for", "4s", "--with", join(dir, "own.rewrite.yaml")));
  dataset = join(dir, "dataset");
  await done(run("dataset", "build", join(home, "recordings", "own-0001.mcap"), "--output", dataset));
  said = runPython<Said[]>(python, CODE, [dataset, join(dir, "plain.onnx"), join(dir, "window.onnx")]);
});
afterAll(() => rm(dir, { recursive: true }));

/** Test rows in original units, columns of these ports side by side. */
async function rowsOf(ports: readonly string[]): Promise<Matrix> {
  const opened = await openDataset(dataset);
  const view = testView(opened);
  const parts = await Promise.all(ports.map((port) => view.matrix(port, "test")));
  await opened.close();
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const { rows } = parts[0]!;
  const data = Array.from({ length: rows }, (_, i) =>
    parts.flatMap((part) => Array.from(part.data.subarray(i * part.width, (i + 1) * part.width))),
  );
  return { rows, width, data: Float32Array.from(data.flat()) };
}

describe.skipIf(python === undefined)("export_policy and models add", () => {
  test("the model says in raw units what the module says, ports renamed and in the teacher's order", async () => {
    const { code, stdout } = await add("plain", "plain.onnx", "--nodes", "controller");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ model: "plain", version: 1, test: said[0]!.metrics });
    const { bytes, card } = openModel(join(home, "models"), "plain@1");
    expect(decode(bytes).graph.inputs.map(({ name }) => name)).toStrictEqual(
      Object.keys(card.inputs).map((port) => `obs.${port}`),
    );
    expect(card.teacher.inputs).toStrictEqual({
      target: "ik.angles",
      joints: "joints",
      feed_forward: "gravity.torque",
    });
    const ports = card.columns.inputs.map(({ port }) => port);
    expect([...new Set(ports)]).toStrictEqual(["target", "joints", "feed_forward"]);
    const { data } = await predict(bytes, await rowsOf(Object.values(card.teacher.inputs)));
    const wanted = said[0]!.y.flat();
    expect(data).toHaveLength(wanted.length);
    for (const [i, y] of wanted.entries()) expect(Math.abs(data[i]! - y)).toBeLessThan(1e-4 * Math.max(1, Math.abs(y)));
  });

  test("its error on the test rows is the one that Limbeck finds", async () => {
    const truth = await rowsOf(["controller.torque"]);
    const { nmse, nmse_mean } = openLoop(truth, { ...truth, data: said[0]!.y.flat() });
    const { metrics } = said[0]!;
    for (const [i, value] of [...nmse, nmse_mean].entries())
      expect(([...metrics.nmse, metrics.nmse_mean][i]! - value) / value).toBeCloseTo(0, 5);
  });

  test("what is there is not overwritten", () => {
    expect(said.map(({ again }) => again)).toStrictEqual(["refused", "refused"]);
  });

  test("a history is carried into the card, and the model runs on it in the graph", async () => {
    expect((await add("window", "window.onnx", "--nodes", "controller")).code).toBe(0);
    const { card } = openModel(join(home, "models"), "window@1");
    expect(card.transforms).toStrictEqual({
      over: "rows",
      pad: "first",
      step_ns: 1e7,
      steps: ["feed_forward", "joints", "target"].map((port) => ({ kind: "history", port, rows: 4 })),
    });
    expect(card.columns.inputs.filter(({ port }) => port === "feed_forward").map(({ name }) => name)).toStrictEqual(
      ["@-3", "@-2", "@-1", ""].flatMap((lag) => [`[0]${lag}`, `[1]${lag}`]),
    );
    const rewrite = (model: string) =>
      `limbeck: 1\nrewrites:\n  - substitute: {nodes: [controller], with: model:${model}@1}\n`;
    const digests: string[] = [];
    for (const model of ["plain", "window"]) {
      const file = join(dir, `${model}.rewrite.yaml`);
      await writeFile(file, rewrite(model));
      const { code, stdout } = await run("simulate", graph, "--for", "1s", "--with", file);
      expect(code).toBe(0);
      digests.push(JSON.parse(stdout).digest);
    }
    expect(new Set(digests).size).toBe(2);
  });

  test.each<[string, string[], string]>([
    ["other nodes", ["--nodes", "ik"], "L0788"],
    ["no nodes", [], "L0004"],
  ])("%s are refused", async (_, words, code) => {
    const { stdout, stderr } = await add("other", "plain.onnx", ...words);
    expect(stdout + stderr).toContain(code);
  });

  test("a file that does not say what it was trained on is refused", async () => {
    const model = decode(await readFile(join(dir, "plain.onnx")));
    const facts = JSON.parse(model.metadata[METADATA_KEY]!);
    const variants: readonly [string, Record<string, string>, string][] = [
      ["nothing.onnx", {}, "it has no metadata"],
      ["broken.onnx", { [METADATA_KEY]: "{" }, "not JSON"],
      ["partly.onnx", { [METADATA_KEY]: JSON.stringify({ ...facts, dataset: undefined }) }, "dataset"],
    ];
    for (const [file, metadata, reason] of variants) {
      await writeFile(join(dir, file), encode({ ...model, metadata }));
      const { code, stdout, stderr } = await add("other", file, "--nodes", "controller");
      expect(code).toBe(3);
      expect(stdout + stderr).toMatch(new RegExp(`L0787.*${reason}`, "s"));
    }
  });
});
