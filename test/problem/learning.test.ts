/** What is said of students that do not fit, and of loops that cannot be learned in, as the golden has it. */
import { expect, test } from "vitest";
import { printProblems } from "../../src/problem/print.js";
import { type Problem, problem } from "../../src/problem/problem.js";

const problems: readonly Problem[] = [
  problem("L0902", { port: "tick", teacher: "join" }),
  problem("L0907", { what: "bounded", port: "torques", known: ["torque", "mode"] }),
  problem("L0907", { what: "a base", port: "torques", known: ["torque"] }),
  problem("L0908", { output: "torque", base: "pd", reason: "it is part of what is distilled" }),
  problem("L0908", { output: "torque", base: "pd", reason: "it gives Scalar, not Vector2" }),
  problem("L0910", { node: "plannr", known: ["planner", "mode"], nearest: "planner" }),
  problem("L0910", { node: "gain", known: ["planner", "mode"] }),
  problem("L0910", { node: "gain", known: [] }),
  problem("L0911", { nodes: ["ik", "pd"] }),
  problem("L0912", { teacher: "find", ports: ["find.spot"], silent: 1040, spoke: 560 }),
  problem("L0930", { reason: "the graph names no starts for the episodes of a round (`evaluate: starts:`)" }),
  problem("L0931", { name: "reach", others: [], changed: [] }),
  problem("L0931", {
    name: "reach",
    others: ["limbeck distill arm.graph.yaml --nodes controller --as reach --seed 3"],
    changed: [],
  }),
  problem("L0931", {
    name: "reach",
    others: [],
    changed: [{ command: "limbeck distill arm.graph.yaml --nodes controller --as reach", files: ["arm.graph.yaml"] }],
  }),
  problem("L0932", { teacher: "controller", kept: 1, planned: 20 }),
  problem("L0932", { teacher: "controller", kept: 3, planned: 20 }),
  problem("L0940", { reason: "there is no closed loop: the graph has no `evaluate:`, or a relation is distilled" }),
];

test("reads as the golden says", async () => {
  const printed = problems.map((p) => printProblems([p], { readText: () => undefined, color: false }));
  await expect(printed.join("\n――――\n\n")).toMatchFileSnapshot("learning.golden.txt");
});
