/** Ops that ONNX Runtime lacks for a dtype of whole numbers run after `portable`, and say what reference evaluation says. */
import { expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import * as f from "../../src/onnx/functions.js";
import type { Dtype } from "../../src/onnx/ir.js";
import { portable } from "../../src/onnx/portable.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import type { Value } from "../../src/onnx/value.js";
import { openSession } from "../../src/session/session.js";

const SIGNED: readonly Dtype[] = ["int8", "int16", "int32", "int64"];
const UNSIGNED: readonly Dtype[] = ["uint8", "uint16", "uint32"];
const WHOLE = [...SIGNED, ...UNSIGNED];

const ops: { readonly [op: string]: readonly [(a: Value, b: Value) => Value, readonly Dtype[]] } = {
  Where: [(a, b) => f.where(f.greater(a, b), a, b), [...WHOLE, "uint64"]],
  "Where of truths": [(a, b) => f.where(f.greater(a, b), f.equal(a, b), f.less(a, b)), WHOLE],
  Min: [f.min, WHOLE],
  Max: [f.max, WHOLE],
  Pad: [(a) => f.pad(a, [1], [2]), WHOLE],
  MatMul: [f.matmul, WHOLE],
  ReduceSum: [(a) => f.reduceSum(a), [...WHOLE, "uint64"]],
  ReduceMax: [(a) => f.reduceMax(a), WHOLE],
  ReduceMin: [(a) => f.reduceMin(a), WHOLE],
  CumSum: [(a) => f.cumSum(a, 0), [...WHOLE, "uint64"]],
  ArgMax: [(a) => f.argMax(a, 0), WHOLE],
  TopK: [(a) => f.topK(a, 2).values, WHOLE],
  OneHot: [(a) => f.oneHot(f.cast(a, "int64"), 4, a.dtype), WHOLE],
  "OneHot of float64": [(a) => f.oneHot(f.cast(a, "int64"), 4, "float64"), ["int64"]],
};

test.each(Object.entries(ops).flatMap(([op, [, dtypes]]) => dtypes.map((dtype) => [op, dtype] as const)))(
  "%s of %s",
  async (op, dtype) => {
    const g = graphBuilder("one");
    const [a, b] = [g.input("a", dtype, [4]), g.input("b", dtype, [4])];
    g.output("y", f.identity(ops[op]![0](a, b)));
    const feeds = { a: tensor(dtype, [4], [3, 1, 2, 0]), b: tensor(dtype, [4], [1, 1, 100, 2]) };
    const session = await openSession(encode(portable(g.model())));
    const said = await session.run(feeds);
    await session.close();
    const { y } = evaluate(g.model(), feeds);
    expect([said.y!.dtype, numbers(said.y!)]).toEqual([y!.dtype, numbers(y!)]);
  },
);
