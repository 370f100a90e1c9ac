/** Every graph in `graphs/`: checks without a problem, prints and parses back to itself, and runs twice to one digest. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { type Loaded, loadGraph } from "../../src/project/load.js";
import { printGraph } from "../../src/project/project.js";
import { simulate } from "../../src/project/simulate.js";

const folder = join(import.meta.dirname, "../../graphs");
const data = join(import.meta.dirname, "../../../shared/data");
const home = mkdtempSync(join(tmpdir(), "limbeck-graphs-"));
const written: string[] = [];
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
  for (const file of written) rmSync(file, { force: true });
});

const load = (file: string): Promise<Loaded> => loadGraph(file, { models: join(home, "models") });

/** Beside the original, since paths in a graph file are relative to it. */
async function again(text: string, name: string): Promise<Loaded> {
  const file = join(folder, `${name}.printed-by-test.graph.yaml`);
  written.push(file);
  writeFileSync(file, text);
  return load(file);
}

const files = readdirSync(folder).filter(
  (file) => /\.graph\.(yaml|ts)$/.test(file) && !file.includes("printed-by-test"),
);

describe.each(files)("%s", (name) => {
  const file = join(folder, name);

  it("has no problem", async () => {
    expect((await load(file)).problems).toEqual([]);
  });

  it("prints and parses back to itself", async () => {
    const { written } = await load(file);
    const back = parseGraphFile(printGraph(written), file);
    expect(back.problems).toEqual([]);
    expect(digestOf(back.graph!)).toBe(digestOf(written));
  });

  it("runs twice to one digest, and so does its rewritten form, written out and read again", async (context) => {
    const loaded = await load(file);
    const needsData = JSON.stringify(loaded.authored.world).includes("shared/data");
    context.skip(
      needsData && !existsSync(data) && process.env.CI !== "true",
      "the data folder shared/data is not here",
    );
    const run = async (graph: Loaded) => {
      const options = { home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };
      return simulate(graph, { ...options, for_ns: 2e9, ideal: false });
    };
    const first = await run(loaded);
    expect(first.events).toBeGreaterThan(100);
    expect((await run(await load(file))).digest).toBe(first.digest);
    const rewritten = await again(printGraph(loaded.graph, { applied: true }), name);
    expect(rewritten.problems).toEqual([]);
    expect((await run(rewritten)).digest).toBe(first.digest);
  });
});

it("the arm in TypeScript is the arm in YAML", async () => {
  const [yaml, typescript] = await Promise.all(
    ["yaml", "ts"].map((ending) => load(join(folder, `arm-reach.graph.${ending}`))),
  );
  expect(digestOf(typescript!.written)).toBe(digestOf(yaml!.written));
  expect(digestOf(typescript!.graph)).toBe(digestOf(yaml!.graph));
});
