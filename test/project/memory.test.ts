/** A teacher that remembers, distilled with lags: the student remembers too, in the dataset, in closed loop, dropped in. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/dataset/open.js";
import { findModel } from "../../src/models/store.js";
import { compare } from "../../src/project/compare.js";
import { type DistillOptions, distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";
import { openRun } from "../../src/project/open-run.js";
import type { DistillResult } from "../../src/project/results.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-memory-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GRAPH = `
limbeck: 1
name: echo
seed: 3
streams:
  in:
    x: {message: Vector2, simulate: noise.value, contract: {rate: 50hz}}
  out:
    y: {message: Vector2, from: echo.y, initial: [0, 0]}
world:
  noise: {component: ./noise.ts, on: 50hz}
nodes:
  echo: {component: ./echo.ts, on: 50hz, in: [x]}
`;
const NOISE = `import { step, tensor, Type } from "limbeck";
export default step({
  doc: "White noise.",
  inputs: {},
  outputs: { value: tensor([2]) },
  random: true,
  step: (_, __, { rng }) => ({ outputs: { value: Float64Array.of(rng.between(-1, 1), rng.between(-1, 1)) } }),
});
`;
/** y = x₀ − 0.5 x₋₁ + 0.25 x₋₂, x before the first being the first. */
const ECHO = `import { step, tensor, Type } from "limbeck";
export default step({
  doc: "A filter of the last three values.",
  inputs: { x: tensor([2]) },
  outputs: { y: tensor([2]) },
  state: () => [] as Float64Array[],
  step({ x }, before) {
    const [b = x, a = b] = before;
    return { outputs: { y: x.map((v: number, i: number) => v - 0.5 * b[i]! + 0.25 * a[i]!) }, state: [x, b] };
  },
});
`;

function project(name: string) {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "echo.graph.yaml"), GRAPH);
  writeFileSync(join(folder, "noise.ts"), NOISE);
  writeFileSync(join(folder, "echo.ts"), ECHO);
  return { folder, file: join(folder, "echo.graph.yaml"), home: join(folder, ".limbeck") };
}

const job = (home: string) => ({ home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 });
const teach = async (at: ReturnType<typeof project>, more: Partial<DistillOptions>): Promise<DistillResult> =>
  distill(await loadGraph(at.file, { models: join(at.home, "models") }), {
    ...job(at.home),
    teacher: { nodes: ["echo"] },
    as: "echo",
    students: ["ridge"],
    for_ns: 20e9,
    command: ["distill"],
    createdAt: "2026-01-01T00:00:00Z",
    ...more,
  });

describe("a student of a teacher that remembers", () => {
  const main = project("main");
  let plain: DistillResult;
  let lagged: DistillResult;
  beforeAll(async () => {
    plain = await teach(main, { as: "plain" });
    lagged = await teach(main, { transforms: { pad: "first", steps: [{ kind: "lag", port: "x", rows: [1, 2] }] } });
  });

  it("is right with lags and wrong without, and is warned of only then", () => {
    expect(plain.students[0]!.test.nmse_mean).toBeGreaterThan(0.1);
    expect(plain.warnings.map(({ code }) => code)).toEqual(["L0903"]);
    expect(lagged.students[0]!.test.nmse_mean).toBeLessThan(1e-8);
    expect(lagged.warnings).toEqual([]);
  });

  it("has its transforms in the dataset's manifest, in its card and in the drop-in", async () => {
    const { manifest } = await openDataset(join(main.home, "datasets", "echo-0001"));
    const transforms = { over: "rows", pad: "first", step_ns: 2e7, steps: [{ kind: "lag", port: "x", rows: [1, 2] }] };
    expect(manifest.transforms).toEqual(transforms);
    const { card, files } = findModel(join(main.home, "models"), "echo");
    expect(card.transforms).toEqual(transforms);
    expect(card.columns.inputs.map(({ name }) => name)).toEqual(["[0]", "[1]", "[0]@-1", "[1]@-1", "[0]@-2", "[1]@-2"]);
    expect(readFileSync(files.component!, "utf8")).toContain(
      'transforms: { over: "rows", pad: "first", steps: [{ kind: "lag", port: "x", rows: [1, 2] }], step_ns: 20000000 },',
    );
  });

  it.each(["model:echo@1", "./drop-in.ts"])(
    "says what its teacher says, from the first firing on, as %s",
    async (component) => {
      writeFileSync(join(main.folder, "drop-in.ts"), readFileSync(join(main.home, "models/echo/1/echo.ts")));
      const file = join(main.folder, "both.graph.yaml");
      writeFileSync(file, `${GRAPH}  student: {component: "${component}", on: 50hz, in: [x]}\n`);
      const loaded = await loadGraph(file, { models: join(main.home, "models") });
      expect(loaded.problems.filter(({ severity }) => severity === "error")).toEqual([]);
      const run = await openRun(loaded, { home: main.home });
      const said: { [port: string]: number[] } = { "echo.y": [], "student.y": [] };
      for (const port of Object.keys(said))
        run.port(port).subscribe(({ message }) => said[port]!.push(...(message as unknown as Float64Array)));
      await run.start(2e9);
      expect(said["student.y"]).toHaveLength(200);
      for (const [i, value] of said["student.y"]!.entries()) expect(value).toBeCloseTo(said["echo.y"]![i]!, 4);
    },
  );

  it("is compared on rows with its own transforms, beside one without", async () => {
    const loaded = await loadGraph(main.file, { models: join(main.home, "models") });
    const result = await compare(loaded, { ...job(main.home), models: ["echo@1", "plain@1"], for_ns: 10e9 });
    const [echo, other] = result.students;
    expect(echo!.test.nmse_mean).toBeLessThan(1e-8);
    expect(other!.test.nmse_mean).toBeGreaterThan(0.1);
    expect(result.model).toBe("echo");
  });

  it("cannot run at another rate", async () => {
    const file = join(main.folder, "slow.graph.yaml");
    writeFileSync(file, `${GRAPH}  student: {component: "model:echo@1", on: 30hz, in: [x]}\n`);
    const loaded = await loadGraph(file, { models: join(main.home, "models") });
    await expect(openRun(loaded, { home: main.home }).then((run) => run.start(1e9))).rejects.toThrow("L0771");
  });
});
