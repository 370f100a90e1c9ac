/** Errors and shares of right answers, in words: what the rows cannot tell is not told. */
import { expect, test } from "vitest";
import { comparisonTable, losers } from "../../src/cli/comparison.js";
import { scoreFact } from "../../src/cli/score.js";
import { splicedFact, splicedLosers } from "../../src/cli/spliced.js";
import { plain } from "../../src/cli/style.js";
import type { Comparison } from "../../src/project/results.js";

const right = { mode: 1, alarm: 0.9999 };
const constant = { nmse: [0], nmse_mean: 0, r2_mean: 1, constant: true as const, accuracy: right };
const varied = { nmse: [0.25], nmse_mean: 0.25, r2_mean: 0.75 };

test("a score in a line", () => {
  expect(scoreFact(varied)).toBe("nMSE 0.250, R² 0.750");
  // not every answer is right, and so it is not said to be
  expect(scoreFact({ ...varied, accuracy: right })).toBe(
    "nMSE 0.250, R² 0.750; mode right in 100 %; alarm right in 99.9 %",
  );
  expect(scoreFact(constant)).toBe("no output varies in the test rows; mode right in 100 %; alarm right in 99.9 %");
});

test("a table of outputs that do not vary has no R² of 1", () => {
  const result: Comparison = {
    ...{ graph: "kiln", rows: { train: 9, validation: 9, test: 9 }, metrics: {} },
    students: [{ name: "forest", test: constant }],
    baselines: [{ name: "mean", test: constant }],
    does_not_beat: [{ student: "forest", baseline: "mean" }],
  };
  const lines = comparisonTable(result, plain).split("\n");
  expect(lines.find((line) => line.startsWith("forest"))).toMatch(/^forest +constant +constant +1\.0000 +0\.9999/);
  expect(losers(result)).toEqual([
    "forest does not beat mean: no output varies in the test rows. Record longer, or from starts that differ more.",
  ]);
});

test("a model in the place of nodes", () => {
  const part = {
    ...{ nodes: ["planner"], model: "kiln-planner@1", student: "gru", nmse: 0.25, place: "planner" },
    ...{ baselines: [{ name: "ridge", nmse: 0.5 }], does_not_beat: [] },
  };
  expect(splicedFact({ ...part, accuracy: { mode: 0.975 } })).toBe(
    "planner: kiln-planner@1 (gru, nMSE 0.250 on test rows, ridge 0.500; mode right in 97.5 %)",
  );
  const still = { ...part, constant: true as const, does_not_beat: ["ridge", "mean"] };
  expect(splicedFact(still)).toBe("planner: kiln-planner@1 (gru, no output varies in the test rows)");
  expect(splicedLosers([part, still])).toEqual([
    "kiln-planner@1 does not beat ridge and mean: no output varies in the test rows.",
  ]);
});
