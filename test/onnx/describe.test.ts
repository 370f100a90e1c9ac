/** An ONNX file is described whatever is wrong with it, and no bytes do worse than a problem with a code. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { checkModel } from "../../src/onnx/check.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { cond, loop } from "../../src/onnx/control.js";
import { describeModel } from "../../src/onnx/describe.js";
import * as f from "../../src/onnx/functions.js";
import type { Model, Node } from "../../src/onnx/ir.js";
import { MAX_BYTES } from "../../src/onnx/limits.js";
import { int64s, scalar, tensor } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { sample } from "./sample.js";

test("inputs, outputs, ops with counts, parameters, versions, metadata", () => {
  const { refused, warnings, ...info } = describeModel(encode(sample()));
  expect([...refused, ...warnings]).toEqual([]);
  expect(info).toEqual({
    name: "sample",
    ir_version: 8,
    opset: 18,
    domains: {},
    producer: "limbeck",
    inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
    outputs: [
      { name: "y", type: "float32", shape: ["N", 3] },
      { name: "sum", type: "float32", shape: [3] },
    ],
    ops: [
      { op: "Identity", count: 2, known: true, gradient: true },
      { op: "Add", count: 1, known: true, gradient: true },
      { op: "Gemm", count: 1, known: true, gradient: true },
      { op: "Scan", count: 1, known: true, gradient: true },
      { op: "Softplus", count: 1, known: true, gradient: true },
    ],
    functions: [],
    parameters: 12,
    metadata: { note: "sample" },
    outside: [],
  });
});

describe("what would be refused, with its place", () => {
  const base = sample();
  const withNodes = (...nodes: Node[]): Model => ({ ...base, graph: { ...base.graph, nodes } });
  const node = (op: string, inputs: string[], outputs: string[], domain?: string): Node => ({
    op,
    inputs,
    outputs,
    attributes: {},
    ...(domain !== undefined && { domain }),
  });
  const refusals = (model: Model) => describeModel(encode(model)).refused.map((p) => [p.code, p.path]);

  test("an opset", () => {
    for (const [opset, codes] of [
      [10, ["L0803"]],
      [11, []],
      [21, []],
      [22, ["L0803"]],
    ] as const)
      expect(refusals({ ...base, opset }).map(([code]) => code)).toEqual(codes);
  });
  test("a declaration that does not hold is none: it is warned of", () => {
    const outputs = [{ name: "y", dtype: "float32" as const, shape: ["N", 7] }];
    const { refused, warnings } = describeModel(encode({ ...base, graph: { ...base.graph, outputs } }));
    expect(refused).toEqual([]);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ["L0819", "output `y` is declared [N, 7], and what the ops give is [N, 3]"],
    ]);
  });
  test("ops, each where it is", () => {
    const model = withNodes(
      node("Gemm", ["x", "w"], ["h"], "com.microsoft"),
      node("Softplus", ["nowhere"], ["y"]),
      node("Add", ["y", "w"], ["sum"]),
    );
    expect(refusals(model)).toEqual([
      ["L0805", "/nodes/0"],
      ["L0806", "/nodes/1"],
    ]);
  });
  test("an op that is not known here is no reason: ONNX Runtime has it", () => {
    const model = withNodes(node("NonMaxSuppression", ["x"], ["y"]), node("Identity", ["y"], ["sum"]));
    expect(refusals(model)).toEqual([]);
    expect(describeModel(encode(model)).ops[1]).toEqual({
      op: "NonMaxSuppression",
      count: 1,
      known: false,
      gradient: false,
    });
  });
  test("a file over the size that is read, before it is read", () => {
    const huge = { byteLength: MAX_BYTES + 1 } as Uint8Array;
    expect(() => describeModel(huge)).toThrow(LimbeckError);
  });
});

/** A model with ops of every kind: what a damaged byte can reach. */
function crowd(): Model {
  const g = graphBuilder("crowd");
  const x = g.input("x", "float32", [2, 3, 4]);
  const ids = g.input("ids", "int64", [2, 3, 2]);
  const flag = g.input("flag", "bool", []);
  const flat = f.flatten(f.pad(f.slice(x, [0], [4], [2], [2]), [0, 1, 0], [0, 0, 1]));
  const picked = f.gatherElements(x, f.cast(f.mod(ids, 4), "int64"), 2);
  const spread = f.scatterElements(x, ids, picked, 2, "add");
  const sums = f.cumSum(f.reduceMax(spread, { axes: [1] }), 1, { reverse: true });
  const tall = f.reshape(f.tile(f.transpose(sums), [2, 1]), [-1, 2]);
  const looped = loop(g.input("n", "int64", []), [sums], ([s]) => ({ states: [f.mul(s, 0.5)], outputs: [s] }));
  const [chosen] = cond(
    flag,
    () => [f.sin(sums)],
    () => [f.clip(sums, -1, 1)],
  );
  const hot = f.oneHot(g.constant(int64s([0, 2])), 3, "float32");
  const size = f.filled(f.shapeOf(tall), "float32", 2);
  const parts = f.split(f.concat([hot, hot], 1), [2, 4], 1);
  g.initializer("unused", tensor("float64", [2], [1, 2]));
  g.constant(scalar("int32", 3));
  for (const [i, v] of [flat, tall, ...looped.states, ...looped.outputs, chosen, size, ...parts].entries())
    g.output(`y${i}`, v);
  return g.model({ note: "crowd" });
}

test("no flipped or lost byte does worse than a problem with a code", () => {
  const files = [encode(sample()), encode(crowd())];
  const survives = (bytes: Uint8Array): void => {
    try {
      for (const p of describeModel(bytes).refused) expect(p.code).toMatch(/^L08\d\d$/);
      checkModel(decode(bytes));
    } catch (e) {
      if (!(e instanceof LimbeckError)) throw e;
    }
  };
  fc.assert(
    fc.property(
      fc.nat(files.length - 1),
      fc.array(fc.tuple(fc.nat(1 << 20), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(1 << 20)),
      (which, flips, cut) => {
        const bytes = files[which].slice();
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        survives(cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
      },
    ),
    { numRuns: 4000 },
  );
});
