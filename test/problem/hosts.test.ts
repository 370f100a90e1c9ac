/** What is said of nodes in workers and processes, and of nodes that hang, as the golden has it. */
import { expect, test } from "vitest";
import { printProblems } from "../../src/problem/print.js";
import { type Problem, problem } from "../../src/problem/problem.js";

const node = "vision";
const where = { path: "/nodes/vision" };

const problems: readonly Problem[] = [
  problem("L0450", { node: "reach", place: "worker" }, where),
  problem("L0451", { component: "made/in-a-program" }, where),
  problem("L0620", { node, place: "process", doing: "firing", limit_ms: 500 }, where),
  problem("L0621", { node, place: "process", doing: "firing", how: "signal SIGKILL" }, where),
  problem("L0622", { node, place: "worker", what: "an input", reason: "() => 1 could not be cloned." }, where),
  problem("L0622", { node, what: "an output", reason: "() => 1 could not be cloned." }, where),
  problem("L0623", { node }, where),
  problem("L0624", { count: 65, limit: 64 }),
  problem("L0625", { node, time_ns: 1.01e9, limit_ms: 10_000, at: "vision.ts:8:7" }, where),
  problem("L0625", { node, time_ns: 1.01e9, limit_ms: 10_000 }, where),
];

test("reads as the golden says", async () => {
  const printed = problems.map((p) => printProblems([p], { readText: () => undefined, color: false }));
  await expect(printed.join("\n――――\n\n")).toMatchFileSnapshot("hosts.golden.txt");
});
