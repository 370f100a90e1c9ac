/**
 * The models of older PyTorch and the simple models of ONNX's data. Their opsets are 6 to 10 for the most part, which
 * are refused to users by a code; what they mean is tried all the same.
 */
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { checkModel } from "../../src/onnx/check.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { describeModel } from "../../src/onnx/describe.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { ops, qualified } from "../../src/onnx/ops/index.js";
import { difference } from "./compare.js";
import { attempt, bytesOf, dataSets, foldersOf, installed, merged, nodesOf } from "./data.js";

const tolerance = { relative: 1e-5, scaled: 2e-6 };

/** What is said of a folder's model: that it holds, or why it is refused. */
function said(folder: string): { name: string; said: string } {
  const name = basename(folder).replace("test_", "");
  const bytes = bytesOf(folder);
  const say = (what: string) => ({ name, said: what.replace(/`[^`]*`/g, "a value") });
  const read = attempt(() => ({ model: decode(bytes), sets: dataSets(folder) }));
  if ("refused" in read) return say(read.refused);
  const { model, sets } = read.value;
  if (!isDeepStrictEqual(decode(encode(model)), model)) return say("does not read back");
  const refused = describeModel(bytes).refused.map((p) => p.code);
  const unknown = [...new Set(nodesOf(model.graph).map((n) => qualified(n.op, n.domain)))].filter((op) => !ops.has(op));
  if (unknown.length > 0) return say(`no op ${unknown.join(", ")}`);
  const old = refused.length === 1 && refused[0] === "L0803";
  if (!old && checkModel(model).length > 0) return say(checkModel(model)[0].message);
  for (const { inputs, outputs } of sets) {
    const feeds = Object.fromEntries(inputs.map((t, i) => [model.graph.inputs[i].name, t]));
    for (const of of old ? [model] : [model, merged(model)]) {
      const found = attempt(() => evaluate(of, feeds));
      if ("refused" in found) return say(`${old ? `L0803 of opset ${model.opset}, ` : ""}${found.refused}`);
      for (const [i, output] of model.graph.outputs.entries()) {
        const wrong = difference(found.value[output.name], outputs[i], tolerance);
        if (wrong !== undefined) return { name, said: `gives something else: ${wrong}` };
      }
    }
  }
  return say(old ? `holds; L0803 for its opset ${model.opset}` : "holds");
}

describe.skipIf(!installed)("ONNX's models of other kinds (libonnx-testdata)", () => {
  test.each(["simple", "pytorch-operator", "pytorch-converted"])("%s", async (kind) => {
    const counts = new Map<string, string[]>();
    for (const { name, said: what } of foldersOf(kind).map(said)) counts.set(what, [...(counts.get(what) ?? []), name]);
    const table = [...counts].sort().map(([what, names]) => `${what}: ${names.length} (${names.join(" ")})`);
    await expect(`${table.join("\n")}\n`).toMatchFileSnapshot(`${kind}.golden.txt`);
  });
});
