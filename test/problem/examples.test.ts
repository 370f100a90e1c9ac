/** Every code of graph files, provoked: exactly that problem comes, where it belongs, and reads as the golden says. */
import { expect, test } from "vitest";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { graphNodes } from "../../src/problem/catalogue/graph-nodes.js";
import { graphParts } from "../../src/problem/catalogue/graph-parts.js";
import { graphTime } from "../../src/problem/catalogue/graph-time.js";
import { graphValues } from "../../src/problem/catalogue/graph-values.js";
import { graphWiring } from "../../src/problem/catalogue/graph-wiring.js";
import { graphfile } from "../../src/problem/catalogue/graphfile.js";
import { soundness } from "../../src/problem/catalogue/soundness.js";
import { printProblems } from "../../src/problem/print.js";
import { armReach } from "../support/arm-reach.js";
import { testCatalogue } from "../support/catalogue.js";
import { inspectGraph } from "../support/inspect.js";
import { apply, type Mistake, mistakes } from "../support/mistakes.js";

const FILE = "arm.graph.yaml";

function inspect(mistake: Mistake) {
  const text = apply(armReach, mistake);
  const { problems } = inspectGraph(parseGraphFile(text, FILE), testCatalogue, mistake.set ?? {});
  return { text, problems };
}

test.each(mistakes.map((m, i) => [`${i} ${m.code}`, m] as const))("%s: one mistake, one problem", (_, mistake) => {
  const { text, problems } = inspect(mistake);
  const codes = problems.map((p) => p.code);
  if (mistake.code === "L0123") expect(codes.filter((c) => c === "L0123")).toHaveLength(1);
  else expect(codes, printProblems(problems, { readText: () => text, color: false })).toEqual([mistake.code]);
  for (const { place, code } of problems) {
    if (place === undefined) expect(mistake.set, code).toBeDefined();
    else expect(place.file).toBe(FILE);
  }
});

test("reads as the golden says", async () => {
  const printed = mistakes
    .filter((m) => m.code !== "L0101" && m.code !== "L0123")
    .map((m) => {
      const { text, problems } = inspect(m);
      return printProblems(problems, { readText: () => text, color: false });
    });
  await expect(printed.join("\n――――\n\n")).toMatchFileSnapshot("examples.golden.txt");
});

/** Provoked elsewhere: by `parseSet` (params.test.ts), by too many nodes (order.test.ts, picture.test.ts). */
const elsewhere = ["L0118", "L0230", "L0232"];

test("no code of graph files is without its example", () => {
  const shown = new Set<string>([...mistakes.map((m) => m.code), ...elsewhere]);
  const areas = [graphfile, graphParts, graphWiring, graphValues, graphTime, graphNodes, soundness];
  expect(areas.flatMap((area) => Object.keys(area)).filter((code) => !shown.has(code))).toEqual([]);
});
