/** Files with damaged bytes, of every op that ONNX has tests for: a problem with a code, and never anything else. */
import { basename } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkModel } from "../../src/onnx/check.js";
import { decode } from "../../src/onnx/codec/index.js";
import { describeModel } from "../../src/onnx/describe.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { atWrittenOpset } from "../../src/onnx/upgrade.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { attempt, bytesOf, dataSets, foldersOf, installed, nodesOf } from "./data.js";

describe.skipIf(!installed)("damaged files (libonnx-testdata)", () => {
  const files = foldersOf("node").map((folder) => ({ folder, bytes: bytesOf(folder) }));
  const damaged = fc
    .tuple(
      fc.nat(files.length - 1),
      fc.array(fc.tuple(fc.nat(1 << 16), fc.oneof(fc.nat(255), fc.nat(1 << 16))), { minLength: 1, maxLength: 3 }),
    )
    .map(([which, changes]) => {
      const { folder, bytes } = files[which];
      const copy = bytes.slice();
      // a byte of the file itself is as good a guess as any: it makes other names, other numbers of fields
      for (const [at, from] of changes) copy[at % copy.length] = from < 256 ? from : bytes[from % bytes.length];
      return { folder, bytes: copy };
    });

  test("described, decoded, checked, brought to another opset, evaluated", () => {
    let sound = 0;
    fc.assert(
      fc.property(damaged, ({ folder, bytes }) => {
        const described = attempt(() => describeModel(bytes));
        const decoded = attempt(() => decode(bytes));
        if ("refused" in decoded) return;
        if ("value" in described) expect(described.value.outside).toEqual([]);
        const model = decoded.value;
        attempt(() => atWrittenOpset(model));
        const problems = checkModel(model);
        // a damaged count is a count all the same, and to run a loop that often is no error
        if (problems.length > 0 || nodesOf(model.graph).some((n) => n.op === "Loop")) return;
        const sets = attempt(() => dataSets(folder));
        if ("refused" in sets || sets.value.length === 0) return;
        sound++;
        const feeds = Object.fromEntries(model.graph.inputs.map((i, k) => [i.name, sets.value[0].inputs[k]]));
        try {
          evaluate(model, feeds);
        } catch (e) {
          if (!(e instanceof LimbeckError)) throw new Error(`${basename(folder)}: ${(e as Error).stack}`);
        }
      }),
      { numRuns: 3000, seed: 5 },
    );
    expect(sound).toBeGreaterThan(100);
  });
});
