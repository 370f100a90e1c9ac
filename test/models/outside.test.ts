/** S5: weights outside an ONNX file are refused, and where they are asked for, nothing but a plain file of its folder is read. */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { outsideIn } from "../../src/models/outside.js";
import { modelMessage } from "../../src/onnx/codec/fields.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { read, type WireMessage, write } from "../../src/onnx/codec/wire.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { MAX_BYTES } from "../../src/onnx/limits.js";
import { numbers, tensor, toBytes } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { describeOnnx, packOnnx } from "../../src/project/onnx.js";
import { checkFile } from "../../src/session/session.js";
import { sample } from "../onnx/sample.js";

const weights = toBytes(sample().graph.initializers.w.data);
let root: string;
let folder: string;
let elsewhere: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "outside-"));
  folder = join(root, "model");
  elsewhere = join(root, "secret.bin");
  mkdirSync(join(folder, "data"), { recursive: true });
  writeFileSync(join(folder, "weights.bin"), weights);
  writeFileSync(join(folder, "data", "weights.bin"), Uint8Array.of(9, 9, ...weights, 9));
  writeFileSync(elsewhere, weights);
});
afterEach(() => rmSync(root, { recursive: true }));

/** The sample model with its matrix in another file. */
function model(location: string, more: { [key: string]: string } = {}): string {
  const m = read(encode(sample()), modelMessage) as { [field: string]: WireMessage };
  const external = Object.entries({ location, ...more }).map(([key, value]) => ({ key, value }));
  const initializer = (m.graph.initializer as WireMessage[]).map(({ raw_data, ...t }) =>
    t.name === "w" ? { ...t, data_location: 1, external_data: external } : { ...t, raw_data },
  );
  const file = join(folder, "model.onnx");
  writeFileSync(file, write({ ...m, graph: { ...m.graph, initializer } } as WireMessage, modelMessage).finish());
  return file;
}
const problemOf = (work: () => unknown): string => {
  try {
    work();
  } catch (e) {
    if (e instanceof LimbeckError) return `${e.problems[0].code} ${e.problems[0].message}`;
    throw e;
  }
  return "none";
};
const pack = (file: string): string => {
  const to = join(root, "whole.onnx");
  return problemOf(() => packOnnx(file, to));
};

test("without being asked for, they are not read, wherever they lie", () => {
  const file = model("weights.bin");
  const info = describeOnnx(file);
  expect(info.refused.map((p) => p.code)).toEqual(["L0802"]);
  expect(info.outside).toEqual(["weights.bin"]);
  expect(info.parameters).toBe(12);
  expect(problemOf(() => decode(encodeOf(file)))).toMatch(/^L0802 tensor `w`/);
  expect(problemOf(() => checkFile(encodeOf(file)))).toMatch(/^L0802/);
});
const encodeOf = (file: string) => new Uint8Array(execFileSync("cat", [file]));

test("plain files in the folder and below it are read, whole or in part, and the model is one file then", () => {
  for (const file of [model("weights.bin"), model("data/weights.bin", { offset: "2", length: "24" })]) {
    const to = join(root, "whole.onnx");
    expect(packOnnx(file, to).taken_in).toHaveLength(1);
    const whole = decode(encodeOf(to));
    expect(whole).toEqual(sample());
    const x = tensor("float32", [1, 2], [1, 2]);
    expect(numbers(evaluate(whole, { x }).y)).toEqual(numbers(evaluate(sample(), { x }).y));
    rmSync(to);
  }
});

describe("refused, however it is asked for", () => {
  test("an absolute path", () => expect(pack(model(elsewhere))).toMatch(/^L0816 .*own folder/));
  test("a path that leads out", () => {
    for (const path of ["../secret.bin", "data/../../secret.bin", "./weights.bin", "data//weights.bin", ""])
      expect(pack(model(path)), path).toMatch(/^L0816 .*own folder/);
    for (const path of ["..\\secret.bin", "C:secret.bin", "weights.bin\0.txt"])
      expect(pack(model(path)), path).toMatch(/^L0816 .*names and slashes/);
  });
  test("a symbolic link", () => {
    symlinkSync(elsewhere, join(folder, "link.bin"));
    expect(pack(model("link.bin"))).toMatch(/^L0816 .*symbolic link/);
  });
  test("a link to a folder on the way", () => {
    symlinkSync(root, join(folder, "up"));
    expect(pack(model("up/secret.bin"))).toMatch(/^L0816 .*symbolic link/);
  });
  test("a hard link", () => {
    linkSync(elsewhere, join(folder, "hard.bin"));
    expect(pack(model("hard.bin"))).toMatch(/^L0816 .*hard link/);
  });
  test("what is no plain file: a folder, a pipe", () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(pack(model("data"))).toMatch(/^L0816 .*not a plain file/);
    expect(pack(model("pipe"))).toMatch(/^L0816 .*not a plain file/);
    expect(pack(model("weights.bin/w"))).toMatch(/^L0816 .*no such/);
    expect(pack(model("nowhere.bin"))).toMatch(/^L0816 .*no such file/);
  });
  test("more bytes than the file has, or than are read at all", () => {
    expect(pack(model("weights.bin", { offset: "1" }))).toMatch(/^L0816 .*24 from byte 1/);
    expect(pack(model("weights.bin", { length: "23" }))).toMatch(/^L0801 .*23 bytes/);
    expect(pack(model("weights.bin", { offset: "-1" }))).toMatch(/^L0801/);
    const data = { tensor: "w", location: "weights.bin", offset: 0 };
    const read = outsideIn(folder);
    expect(read({ ...data, length: 24 })).toHaveLength(24);
    expect(problemOf(() => read({ ...data, length: MAX_BYTES - 23 }))).toMatch(/^L0804/);
  });
});

test("a pipe is no model: it is not waited for", () => {
  const pipe = join(root, "pipe.onnx");
  execFileSync("mkfifo", [pipe]);
  expect(() => describeOnnx(pipe)).toThrow(/^L0003: .*it is no regular file/);
});
