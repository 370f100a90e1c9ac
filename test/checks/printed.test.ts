/** Graphs printed as TypeScript compile under strict TypeScript, and are formatted as Biome does it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { printTypescript } from "../../src/graphfile/typescript/print.js";
import { root, runNode, tool } from "../support/run.js";

const folder = mkdtempSync(join(tmpdir(), "limbeck-printed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const graphs = readdirSync(join(root, "graphs")).filter(
  (file) => file.endsWith(".graph.yaml") && !file.includes("printed-by-test"),
);

beforeAll(() => {
  for (const file of graphs) {
    const { graph } = parseGraphFile(readFileSync(join(root, "graphs", file), "utf8"), file);
    writeFileSync(join(folder, file.replace(/yaml$/, "ts")), printTypescript(graph!));
  }
  const tsconfig = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      paths: { limbeck: [join(root, "src/component/authoring.ts")] },
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [join(folder, "*.ts")],
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const { formatter, javascript } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ formatter, javascript }));
});

test("they compile", async () => {
  expect(graphs.length).toBeGreaterThan(2);
  const { code, stdout } = await runNode(tool("typescript/bin/tsc"), ["--noEmit", "-p", folder]);
  expect(code, stdout).toBe(0);
});

test("they are formatted", async () => {
  const written = graphs.map((file) => file.replace(/yaml$/, "ts"));
  const { code, stdout, stderr } = await runNode(tool("@biomejs/biome/bin/biome"), ["format", ...written], {
    cwd: folder,
  });
  expect(code, stdout + stderr).toBe(0);
  expect(stdout + stderr).toContain(`Checked ${written.length} files`);
});
