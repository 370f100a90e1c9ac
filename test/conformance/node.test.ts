/**
 * ONNX's own tests of single ops, all of them: those of ops that are known here must hold, and what is left out is
 * counted by its reason.
 */
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { checkModel } from "../../src/onnx/check.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import type { Dtype, Shape, Tensor } from "../../src/onnx/ir.js";
import { ops, qualified } from "../../src/onnx/ops/index.js";
import { inferModel } from "../../src/onnx/shape.js";
import type { Info } from "../../src/onnx/value.js";
import { difference, exact, type Tolerance } from "./compare.js";
import { attempt, dataSets, foldersOf, installed, merged, nodesOf, readModel } from "./data.js";

/** Ops that do more than one rounding an element; the outputs of all others must be right to the last bit. */
const COMPUTED = new Set(
  (
    "Acos Acosh Asin Asinh Atan Atanh Cos Cosh Erf Exp Log Sin Sinh Tan Tanh Pow Sigmoid Softplus Softsign " +
    "Celu Elu Selu HardSigmoid HardSwish Mean Sum Mod CumSum " +
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMean ReduceProd ReduceSum ReduceSumSquare " +
    "Gemm MatMul Einsum Softmax LogSoftmax LayerNormalization BatchNormalization InstanceNormalization " +
    "Conv ConvTranspose AveragePool GlobalAveragePool GRU GridSample LSTM RNN"
  ).split(" "),
);
/** The expected outputs are single precision all along; ours are rounded once. */
const computed: Tolerance = { relative: 1e-6, scaled: 2e-7 };
/** Their constants, or their expected outputs, are written down to four digits. */
const SHORT_CONSTANTS = /^((blackman|hamming|hann)window.*_expanded|gridsample_bicubic)$/;

/** Expected outputs that ONNX itself has corrected since. */
const OUTDATED: { readonly [name: string]: string } = Object.fromEntries(
  ["cast_FLOAT_to_BFLOAT16", "castlike_FLOAT_to_BFLOAT16", "castlike_FLOAT_to_BFLOAT16_expanded"].map((name) => [
    name,
    "rounded to bfloat16 towards zero, where ONNX Runtime and later data round to nearest",
  ]),
);

interface Run {
  readonly name: string;
  readonly op: string;
  readonly problems: readonly string[];
}

/** numpy has no bfloat16: the data keep its bits as uint16. */
const as = (dtype: Dtype | undefined, t: Tensor): Tensor =>
  dtype === "bfloat16" && t.dtype === "uint16" ? { ...t, dtype } : t;

/** Where inference said something else than what came out. */
const misjudged = (found: Tensor, known: Info | undefined): string | undefined =>
  known === undefined || (known.dtype === found.dtype && fits(known.shape, found.dims))
    ? undefined
    : `is ${found.dtype} [${found.dims}], and inference says ${known.dtype} [${known.shape}]`;
const fits = (shape: Shape, dims: readonly number[]): boolean =>
  shape.length === dims.length && shape.every((d, i) => typeof d === "string" || d === dims[i]);

/** Runs the tests of a folder; gives what is wrong, or why it cannot be run. */
function run(folder: string): Run | { readonly name: string; readonly leftOut: string } {
  const name = basename(folder).replace("test_", "");
  const leftOut = (reason: string) => ({ name, leftOut: reason.replace(/(tensor )?`[^`]*`/g, "a value") });
  const read = attempt(() => ({ model: readModel(folder), sets: dataSets(folder) }));
  if ("refused" in read) return leftOut(read.refused);
  const { model, sets } = read.value;
  const nodes = nodesOf(model.graph);
  const unknown = [...new Set(nodes.map((n) => qualified(n.op, n.domain)))].filter((op) => !ops.has(op));
  if (unknown.length > 0) return { name, leftOut: `no op ${unknown.join(", ")}` };
  // a model of an older opset is refused to users; where its op means the same today, its test must hold all the same
  const checked = checkModel(model);
  const old = checked.some((p) => p.code === "L0803");
  const op = nodes.length === 1 ? nodes[0].op : "several ops";
  const problems = (old ? [] : checked).map((p) => `${p.code} ${p.message}`);
  const tolerance = SHORT_CONSTANTS.test(name)
    ? { relative: 1e-3, scaled: 1e-6 }
    : nodes.length > 1 || COMPUTED.has(op)
      ? computed
      : exact;
  if (!isDeepStrictEqual(decode(encode(model)), model)) problems.push("what is written does not read back");
  const known = problems.length === 0 && !old ? inferModel(model) : () => undefined;
  for (const { name: set, inputs, outputs } of sets) {
    const feeds = Object.fromEntries(
      inputs.map((t, i) => [model.graph.inputs[i].name, as(model.graph.inputs[i].dtype, t)]),
    );
    const found = attempt(() => evaluate(model, feeds));
    if ("refused" in found) {
      if (found.refused.includes("is not supported")) return leftOut(found.refused);
      problems.push(`${set}: ${found.refused}`);
    } else {
      const joined = old ? found : attempt(() => evaluate(merged(model), feeds));
      if ("refused" in joined) problems.push(`${set}: merged, ${joined.refused}`);
      else if (!isDeepStrictEqual(joined.value, found.value)) problems.push(`${set}: merged, it gives something else`);
      model.graph.outputs.forEach((o, i) => {
        const wrong =
          difference(found.value[o.name], as(o.dtype, outputs[i]), tolerance) ??
          misjudged(found.value[o.name], known(o.name));
        if (wrong !== undefined) problems.push(`${set}: \`${o.name}\` ${wrong}`);
      });
    }
  }
  if (old && problems.length > 0)
    return leftOut(`L0803 ${checked.find((p) => p.code === "L0803")?.message}; ${problems[0]}`);
  const outdated = Object.hasOwn(OUTDATED, name) ? OUTDATED[name] : undefined;
  if (outdated !== undefined)
    return problems.length > 0 ? leftOut(outdated) : { name, op, problems: ["holds, and is said not to"] };
  return { name, op, problems };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

describe.skipIf(!installed)("ONNX's node tests (libonnx-testdata)", () => {
  const folders = foldersOf("node");
  const results = folders.map(run);
  const done = results.filter((r) => "op" in r);
  const byOp = groupBy(done, (r) => r.op);

  test.each([...byOp].sort(([a], [b]) => (a < b ? -1 : 1)))("%s", (_, runs) => {
    expect(runs.flatMap((r) => r.problems.map((p) => `${r.name} ${p}`))).toEqual([]);
  });

  // the counts of each op, and of what is left out by its reason, are kept beside this file: nothing goes unseen
  test("none is dropped", async () => {
    const leftOut = groupBy(
      results.filter((r) => "leftOut" in r),
      (r) => r.leftOut,
    );
    const table = [
      ...[...byOp]
        .map(([op, runs]) => `${op}: ${runs.filter((r) => r.problems.length === 0).length} of ${runs.length}`)
        .sort(),
      "",
      ...[...leftOut]
        .map(([reason, runs]) => `left out, ${reason}: ${runs.length} (${runs.map((r) => r.name).join(" ")})`)
        .sort(),
    ];
    const count = [...leftOut.values()].flat().length;
    table.push("", `${done.length} run, ${count} left out, ${folders.length} in all`);
    expect(done.length + count).toBe(folders.length);
    await expect(`${table.join("\n")}\n`).toMatchFileSnapshot("node.golden.txt");
  });
});
