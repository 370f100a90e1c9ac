/**
 * What PyTorch exports, at every opset that it can: such models load, pass the checks, give what PyTorch gave, and are
 * merged into a graph of opset 18 that ONNX Runtime takes.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkModel } from "../../src/onnx/check.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { describeModel } from "../../src/onnx/describe.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import type { Dtype, Model, Tensor } from "../../src/onnx/ir.js";
import { tensor } from "../../src/onnx/tensor.js";
import { openSession } from "../../src/session/session.js";
import { pythonWith, runPython } from "../support/python.js";
import { root } from "../support/run.js";
import { difference } from "./compare.js";
import { merged } from "./data.js";

interface Plain {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly data: readonly number[];
}
interface Export {
  readonly name: string;
  readonly opset: number;
  readonly cannot?: string;
  readonly model: string;
  readonly inputs: readonly Plain[];
  readonly outputs: readonly Plain[];
}

const python = pythonWith("torch");
const tolerance = { relative: 1e-5, scaled: 2e-6 };
const tensors = (of: readonly Plain[]): { [name: string]: Tensor } =>
  Object.fromEntries(of.map((t) => [t.name, tensor(t.dtype, t.dims, t.data)]));

/** The model for inputs of these sizes. */
const fixed = (model: Model, feeds: { readonly [name: string]: Tensor }): Model => ({
  ...model,
  graph: {
    ...model.graph,
    inputs: model.graph.inputs.map((i) => ({ ...i, shape: feeds[i.name]?.dims ?? i.shape ?? [] })),
  },
});

describe.skipIf(python === undefined)("models that PyTorch exports", () => {
  const run = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')";
  const exports: Export[] =
    python === undefined ? [] : runPython(python, run, [join(root, "test", "conformance", "exports.py")]);
  const functions = exports.find((e) => e.name === "functions");
  const made = exports.filter((e) => e.cannot === undefined && e !== functions);

  test("all are made, but for what PyTorch has no op for", () => {
    const cannot = exports.filter((e) => e.cannot !== undefined).map(({ name, opset }) => `${name} ${opset}`);
    expect(cannot).toEqual(["analysis 11"]);
    expect(new Set(made.map((e) => e.opset))).toEqual(new Set([11, 12, 13, 14, 15, 16, 17]));
  });

  test("modules as functions: each is put in where it is called", async () => {
    const { model: text, inputs, outputs } = functions!;
    const bytes = Uint8Array.from(Buffer.from(text, "base64"));
    const model = decode(bytes);
    const described = describeModel(bytes);
    expect([...described.refused, ...described.warnings]).toEqual([]);
    expect(described.functions.map(({ name, calls }) => [name, calls]).sort()).toEqual([
      ["Conv2d", 2],
      ["Layered", 1],
      ["LeakyReLU", 2],
      ["Linear", 1],
      ["PixelShuffle", 1],
      ["Sequential", 1],
    ]);
    const slopes = model.graph.nodes.flatMap(({ attributes: { alpha } }) => (alpha === undefined ? [] : [alpha.value]));
    expect(slopes).toEqual([0.1, 0.3].map(Math.fround));
    expect(decode(encode(model))).toEqual(model);
    const feeds = tensors(inputs);
    const joined = merged(model);
    expect(checkModel(joined)).toEqual([]);
    const session = await openSession(encode(joined));
    const results = [evaluate(model, feeds), evaluate(joined, feeds), await session.run(feeds)];
    await session.close();
    const [{ name }] = model.graph.outputs as [{ name: string }];
    for (const result of results) expect(difference(result[name]!, tensors(outputs).y0!, tolerance)).toBeUndefined();
  });

  test.each(made.map((e) => [`${e.name}, opset ${e.opset}`, e] as const))("%s", async (_, e) => {
    const bytes = Uint8Array.from(Buffer.from(e.model, "base64"));
    const model = decode(bytes);
    expect(model.opset).toBe(e.opset);
    expect(checkModel(model, { ops: "any" })).toEqual([]);
    expect(describeModel(bytes)).toMatchObject({ opset: e.opset, refused: [] });
    expect(decode(encode(model))).toEqual(model);

    const feeds = Object.fromEntries(
      Object.entries(tensors(e.inputs)).filter(([name]) => model.graph.inputs.some((i) => i.name === name)),
    );
    const wanted = tensors(e.outputs);
    // a dynamic size that decides about a rank must be fixed before the model is merged
    if (e.name === "shapes")
      expect(() => merged(model)).toThrow(
        expect.objectContaining({ problems: [expect.objectContaining({ code: "L0817" })] }),
      );
    const joined = merged(e.name === "shapes" ? fixed(model, feeds) : model);
    expect(checkModel(joined)).toEqual([]);
    const [direct, inside] = [evaluate(model, feeds), evaluate(joined, feeds)];
    const session = await openSession(encode(joined));
    const theirs = await session.run(feeds);
    await session.close();
    for (const [name, of] of Object.entries(wanted)) {
      expect(difference(direct[name], of, tolerance), name).toBeUndefined();
      expect(difference(inside[name], of, tolerance), `${name}, merged`).toBeUndefined();
      expect(difference(theirs[name], of, tolerance), `${name}, merged, in ONNX Runtime`).toBeUndefined();
    }
  });
});
