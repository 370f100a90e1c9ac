/** `limbeck onnx`: what it prints of a file, and how it ends. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encode } from "../../src/onnx/codec/index.js";
import { describeOnnx, packOnnx } from "../../src/project/project.js";
import { sample } from "../onnx/sample.js";
import { inside } from "./command.js";

const api = { describeOnnx, packOnnx };
let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "onnx-"));
  writeFileSync(file("fine.onnx"), encode(sample()));
  const { graph, ...rest } = sample();
  const nodes = graph.nodes.map((n, i) => (i === 0 ? { ...n, domain: "my.ops" } : n));
  writeFileSync(file("evil.onnx"), encode({ ...rest, graph: { ...graph, nodes } }));
  writeFileSync(file("torn.onnx"), encode(sample()).subarray(0, 100));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("info says what a model holds, as a table and as JSON", async () => {
  const text = await inside(["onnx", "info", file("fine.onnx")], { api });
  expect(text.code).toBe(0);
  const rows = text.stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  expect(rows).toContainEqual(["opset", "18 (IR version 8)"]);
  expect(rows).toContainEqual(["parameters", "12"]);
  expect(rows).toContainEqual(["metadata note", "sample"]);
  expect(rows).toContainEqual(["refused", "no"]);
  expect(rows).toContainEqual(["x", "input", "float32", "[N, 2]"]);
  expect(rows).toContainEqual(["Gemm", "1", "yes", "yes"]);
  const json = await inside(["onnx", "info", file("fine.onnx"), "--json"], { api });
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({ opset: 18, parameters: 12, refused: [], bytes: expect.any(Number) });
});

test("info of a model that would be refused says everything all the same, and why, and ends with 1", async () => {
  const text = await inside(["onnx", "info", file("evil.onnx")], { api });
  expect(text.code).toBe(1);
  expect(text.stdout).toContain("my.ops.Gemm");
  expect(text.stderr).toContain("L0805");
  const json = await inside(["onnx", "info", file("evil.onnx"), "--json"], { api });
  expect(JSON.parse(json.stdout).refused[0]).toMatchObject({ code: "L0805", path: "/nodes/0" });
});

test("info of no ONNX model, and of no file", async () => {
  const torn = await inside(["onnx", "info", file("torn.onnx")], { api });
  expect([torn.code, torn.stdout]).toEqual([3, ""]);
  expect(torn.stderr).toContain("L0801");
  const none = await inside(["onnx", "info", file("none.onnx")], { api });
  expect(none.code).toBe(3);
  expect(none.stderr).toContain("L0001");
});

test("pack writes one file", async () => {
  const packed = await inside(["onnx", "pack", file("fine.onnx"), "--output", file("whole.onnx"), "--json"], { api });
  expect(packed.code).toBe(0);
  const { sha256, taken_in } = JSON.parse(packed.stdout);
  expect(taken_in).toEqual([]);
  expect((await describeOnnx(file("whole.onnx"))).sha256).toBe(sha256);
});
