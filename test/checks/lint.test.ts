/** Biome finds nothing to say: format, imports, lint. */
import { expect, test } from "vitest";
import { root, runNode, tool } from "../support/run.js";

test("biome", async () => {
  const { code, stdout, stderr } = await runNode(tool("@biomejs/biome/bin/biome"), ["check", root]);
  expect(code, stdout + stderr).toBe(0);
});
