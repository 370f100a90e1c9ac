/** The layers hold in src, and the rules that hold them fail when something breaks them. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { root, runNode, tool } from "../support/run.js";

const config = ".dependency-cruiser.cjs";
const depcruise = (cwd: string) =>
  runNode(tool("dependency-cruiser/bin/dependency-cruise.mjs"), ["src", "--config", config, "--output-type", "err"], {
    cwd,
  });

test("src keeps its layers", async () => {
  const { code, stdout } = await depcruise(root);
  expect(code, stdout).toBe(0);
});

describe("in a tree of its own", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "limbeck-layers-"));
    for (const file of [config, "package.json", "tsconfig.json"]) copyFileSync(join(root, file), join(folder, file));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const plant = (files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${text}\n`);
    }
  };
  const clean = {
    "src/message/type.ts": "export type T = 1;",
    "src/graph/ir.ts": 'export type { T } from "../message/type.js";',
    "src/component/load.ts": 'export { readFileSync } from "node:fs";',
    "src/limbeck.ts": 'export * from "./graph/ir.js";\nexport * from "./component/load.js";',
    "src/cli/main.ts": 'export * from "../limbeck.js";',
    "src/testing/testing.ts": 'export { default } from "fast-check";\nexport * from "../limbeck.js";',
  };

  test("clean sources pass", async () => {
    plant(clean);
    const { code, stdout } = await depcruise(folder);
    expect(code, stdout).toBe(0);
  });

  test("every planted violation is found, and nothing else", async () => {
    plant({
      ...clean,
      "src/message/up.ts": 'export * from "../graph/ir.js";',
      "src/graph/up-by-type.ts": 'export type { R } from "../runtime/r.js";',
      "src/runtime/r.ts": "export type R = 1;",
      "src/graph/root.ts": 'export * from "../limbeck.js";',
      "src/train/verb.ts": 'export * from "../cli/table.js";',
      "src/cli/table.ts": "export const table = 1;",
      "src/limbeck.ts": `${clean["src/limbeck.ts"]}\nexport * from "./cli/table.js";`,
      "src/runtime/disk.ts": 'export { readFileSync } from "node:fs";',
      "src/rewrite/thread.ts": 'export { Worker } from "node:worker_threads";',
      "src/message/wire.ts": 'export { connect } from "net";',
      "src/onnx/a.ts": 'export * from "./b.js";',
      "src/onnx/b.ts": 'export * from "./a.js";',
      "src/record/alone.ts": "export const alone = 1;",
      "src/dataset/lost.ts": 'export * from "./nowhere.js";',
      "src/session/undeclared.ts": 'export * from "typescript";',
      "src/project/drawn.ts": 'export { default } from "fast-check";',
      "src/cli/drawn.ts": 'export * from "../testing/testing.js";',
    });
    const { code, stdout } = await depcruise(folder);
    expect(code).not.toBe(0);
    const found = [...stdout.matchAll(/error (\S+): (\S+)/g)].map(([, rule, file]) => `${rule} ${file}`);
    expect(found.sort()).toEqual([
      "composition-root src/graph/root.ts",
      "declared src/session/undeclared.ts",
      "entries-apart src/cli/drawn.ts",
      "entries-on-top src/limbeck.ts",
      "layer-graph src/graph/up-by-type.ts",
      "layer-message src/message/up.ts",
      "layer-train src/train/verb.ts",
      "no-cycle src/onnx/a.ts",
      "no-orphan src/record/alone.ts",
      "peer src/project/drawn.ts",
      "pure src/message/wire.ts",
      "pure src/rewrite/thread.ts",
      "pure src/runtime/disk.ts",
      "resolvable src/dataset/lost.ts",
    ]);
  });
});
