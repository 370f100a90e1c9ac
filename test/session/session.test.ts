/** Sessions: in place and in a worker thread they are one interface with one behaviour. */
import { describe, expect, test } from "vitest";
import { encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import type { Model } from "../../src/onnx/ir.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { openSession } from "../../src/session/session.js";
import { openWorkerSession } from "../../src/session/worker.js";
import { sample } from "../onnx/sample.js";

const model = sample();
const x = tensor("float32", [2, 2], [0.5, -1, 2, 0.25]);

const codeOf = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
  } catch (e) {
    if (e instanceof LimbeckError) return e.problems[0].code;
    throw e;
  }
  return "none";
};

describe.each([
  ["in place", openSession],
  ["in a worker", openWorkerSession],
])("%s", (_, open) => {
  test("runs the model as the reference evaluation does, as often as asked", async () => {
    const session = await open(encode(model));
    expect(session.inputs).toEqual(model.graph.inputs);
    expect(session.outputs).toEqual(model.graph.outputs);
    const expected = evaluate(model, { x });
    const results = await Promise.all([session.run({ x }), session.run({ x })]);
    for (const result of results)
      for (const name of ["y", "sum"]) {
        expect(result[name].dims).toEqual(expected[name].dims);
        expect(result[name].dtype).toBe("float32");
        numbers(result[name]).forEach((v, i) => {
          expect(v).toBeCloseTo(numbers(expected[name])[i], 6);
        });
      }
    await session.close();
  });

  test("refuses wrong feeds by name, and goes on", async () => {
    const session = await open(encode(model));
    const refused = async (feeds: object): Promise<string> => codeOf(() => session.run(feeds as never));
    expect(await refused({})).toBe("L0811");
    expect(await refused({ x, z: x })).toBe("L0811");
    expect(await refused({ x: tensor("float64", [1, 2], [1, 2]) })).toBe("L0811");
    expect(await refused({ x: tensor("float32", [1, 3], [1, 2, 3]) })).toBe("L0811");
    expect(await refused({ x })).toBe("none");
    await session.close();
  });

  test("a run that fails inside the runtime is a coded error, and the session goes on", async () => {
    const failing: Model = {
      ...model,
      graph: {
        ...model.graph,
        inputs: [{ name: "i", dtype: "int64", shape: [1] }],
        outputs: [{ name: "o", dtype: "float32", shape: [1, 2] }],
        nodes: [{ op: "Gather", inputs: ["w", "i"], outputs: ["o"], attributes: {} }],
      },
    };
    const session = await open(encode(failing));
    expect(await codeOf(() => session.run({ i: tensor("int64", [1], [9]) }))).toBe("L0812");
    expect(numbers((await session.run({ i: tensor("int64", [1], [1]) })).o)).toEqual([2, 0.25]);
    await session.close();
  });

  test("a closed session says so", async () => {
    const session = await open(encode(model));
    await session.close();
    expect(await codeOf(() => session.run({ x }))).toBe("L0814");
  });

  test("closing waits for the runs before it", async () => {
    const session = await open(encode(model));
    const run = session.run({ x });
    await session.close();
    expect((await run).y.dims).toEqual([2, 3]);
  });

  test("what is no model, or a model that does not hold, never reaches the runtime", async () => {
    const bytes = encode(model);
    expect(await codeOf(() => open(bytes.subarray(0, bytes.length - 9)))).toBe("L0801");
    expect(await codeOf(() => open(encode({ ...model, opset: 7 })))).toBe("L0803");
    const dangling = { ...model, graph: { ...model.graph, outputs: [{ name: "gone" }] } };
    expect(await codeOf(() => open(encode(dangling)))).toBe("L0806");
  });

  test("what only the runtime refuses is told in its words", async () => {
    const foreign: Model = {
      ...model,
      graph: {
        ...model.graph,
        nodes: [{ op: "NoSuchOp", inputs: ["x"], outputs: ["y"], attributes: {} }],
        outputs: [{ name: "y", dtype: "float32", shape: ["N", 3] }],
      },
    };
    await expect(open(encode(foreign))).rejects.toThrow(/L0810.*NoSuchOp/s);
  });
});
