/** Everything compiles under strict TypeScript: sources, tests, graphs, benchmarks. */
import { expect, test } from "vitest";
import { root, runNode, tool } from "../support/run.js";

test("tsc --noEmit", async () => {
  const { code, stdout } = await runNode(tool("typescript/bin/tsc"), ["--noEmit", "-p", root]);
  expect(code, stdout).toBe(0);
});
