/** The guide's heater is one graph in both languages, and checks. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import { loadGraph } from "../../src/project/load.js";

const guide = readFileSync(join(import.meta.dirname, "../../docs/guide.md"), "utf8");

/** The first block of code in a language that has such a line. */
function block(language: string, line: string): string {
  const blocks = [...guide.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, text]) => text!);
  return blocks.find((text) => text.includes(line))!;
}

test("the heater in TypeScript is the heater in YAML", async () => {
  const folder = mkdtempSync(join(tmpdir(), "limbeck-guide-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  write("package.json", '{ "type": "module" }');
  write("house.ts", block("ts", "// house.ts"));
  write("thermostat.ts", block("ts", "Heats below the set point"));
  const yaml = await loadGraph(write("heater.graph.yaml", block("yaml", "name: heater")));
  const typescript = await loadGraph(write("heater.graph.ts", block("ts", 'graph("heater"')));
  expect([yaml.problems, typescript.problems]).toEqual([[], []]);
  expect(digestOf(typescript.written)).toBe(digestOf(yaml.written));
});
