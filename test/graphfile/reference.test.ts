/** `docs/reference/graph-file.md`: its tables are the schema's, and its examples are whole graphs without a problem. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillTables } from "../../src/graphfile/describe.js";
import { node } from "../../src/graphfile/schema/nodes.js";
import { graphSchema } from "../../src/graphfile/schema.js";
import { loadGraph } from "../../src/project/load.js";
import { root } from "../support/run.js";

const page = readFileSync(join(root, "docs/reference/graph-file.md"), "utf8");
/** Blocks of code that begin with the name of their file. */
const files = [...page.matchAll(/```(?:yaml\n# |ts\n\/\/ )(\S+\.(?:graph\.yaml|ts))\n([\s\S]*?)```/g)].map(
  ([, name, text]) => [name!, text!] as const,
);
const graphs = files.filter(([name]) => name.endsWith(".yaml"));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reference-"));
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("its tables are what the schema says: `npm run schemas` writes them", () => {
  expect(fillTables(page)).toBe(page);
  expect(() => fillTables("<!-- keys: constructor -->\n<!-- /keys -->")).toThrow("no part constructor");
});

test("every key of the file and of a node stands in it", () => {
  for (const key of [...Object.keys(graphSchema.properties), ...Object.keys(node.properties)])
    expect(page).toContain(`| \`${key}\``);
});

test("every trigger has its example", () => {
  expect(graphs.map(([name]) => name)).toEqual(
    ["types", "clock", "each", "aligned", "window", "silence", "exact", "queue", "latency", "faults"].map(
      (name) => `${name}.graph.yaml`,
    ),
  );
});

test.each(graphs)("%s is a graph without an error", async (name) => {
  const { problems, typed } = await loadGraph(join(folder, name));
  expect(problems.filter((p) => p.severity === "error")).toEqual([]);
  expect(typed!.graph.name).toBe(name.slice(0, -".graph.yaml".length));
});
