/** Rewrites from files of their own, laid over a graph that stays as it is: places, patterns, runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checked, loadGraph } from "../../src/project/load.js";
import { servicesOf } from "../../src/project/services.js";
import { createRun, type RunOptions } from "../../src/runtime/run.js";
import { root } from "../support/run.js";

const graph = join(root, "graphs/arm-reach.graph.yaml");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-with-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function laid(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
const watch = () =>
  laid(
    "watch.rewrite.yaml",
    "- diagnose: {ports: {message: Vector2, place: out}, range: [-100, 100]}\n- diagnose: {ports: joints}\n",
  );
const faults = () =>
  laid(
    "faults.rewrite.yaml",
    "limbeck: 1\nrewrites:\n  - inject-fault: {ports: [joints], loss: 20%, delay: 20ms, noise: 0.01, from: 1s}\n",
  );

async function run(files: readonly string[], more: Partial<RunOptions> = {}) {
  const loaded = await loadGraph(graph, { with: files });
  const run = await createRun(checked(loaded), {
    component: loaded.component,
    services: servicesOf(graph, folder),
    ...more,
  });
  return { loaded, run };
}

test("files are applied in order of phase, and the graph file stays as it is", async () => {
  const text = readFileSync(graph, "utf8");
  const { changes, problems, authored } = await loadGraph(graph, { with: [faults(), watch()] });
  expect(problems.filter((p) => p.severity === "error")).toEqual([]);
  expect(changes.map((c) => c.rule)).toEqual([
    ...Array(2).fill("diagnose"),
    ...Array(4).fill("inject-fault"),
    "record",
  ]);
  expect(Object.keys(authored.nodes)).toEqual(["ik", "gravity", "controller"]);
  expect(readFileSync(graph, "utf8")).toBe(text);
});

test("what is wrong in one of several files stands in that file, at the option", async () => {
  const bad = laid(
    "bad.rewrite.yaml",
    '- inject-fault:\n    nodes:\n      - controller\n      - {component: "contrl/*"}\n    crash: {at: 3s}\n',
  );
  const { problems, typed } = await loadGraph(graph, { with: [watch(), bad] });
  expect(typed).toBeUndefined();
  const errors = problems.filter((p) => p.severity === "error");
  expect(errors.map(({ code, place }) => [code, place?.file, place?.line, place?.column])).toEqual([
    ["L0510", bad, 4, 9],
  ]);
  expect(errors[0]!.help).toContain("Did you mean `control/*`?");
});

test("what a monitor has to say at the end stands at the rewrite that asked for it", async () => {
  const [first, second] = [watch(), faults()];
  const { loaded, run: living } = await run([first, second]);
  const { warnings } = await living.start(4e9);
  const told = loaded.locate(warnings.filter((p) => p.code.startsWith("L044")));
  expect(told.map(({ code, place }) => [code, place?.file, place?.line])).toEqual([
    ["L0440", first, 2],
    ["L0441", first, 2],
    ["L0443", first, 2],
  ]);
});

test("a run with monitors and faults goes on from a snapshot to the same end, and no order of ties is seen", async () => {
  const files = [watch(), faults()];
  const whole = await (await run(files)).run.start(3e9);
  const permuted = await (await run(files, { permute: 5 })).run.start(3e9);
  expect(permuted.ports).toEqual(whole.ports);

  const half = (await run(files)).run;
  const early = await collect(half, () => half.advance(1.505e9));
  const snapshot = await half.snapshot();
  const rest = (await run(files, { from: snapshot })).run;
  let result: Awaited<ReturnType<typeof rest.start>> | undefined;
  const late = await collect(rest, async () => {
    result = await rest.start(3e9);
  });
  const all = (await run(files)).run;
  const told = await collect(all, async () => void (await all.start(3e9)));
  expect([...early, ...late]).toEqual(told);
  expect(result!.warnings.map((p) => p.message)).toEqual(whole.warnings.map((p) => p.message));
});

/** What the monitors and the last fault say while something runs. */
async function collect(living: Awaited<ReturnType<typeof createRun>>, go: () => Promise<void>): Promise<unknown[]> {
  const said: unknown[] = [];
  for (const port of ["diagnose#joints.diagnosis", "joints#delay.value", "controller.torque"])
    living
      .port(port)
      .subscribe(({ time_ns, microstep, stamp_ns, message }) =>
        said.push([port, time_ns, microstep, stamp_ns, message]),
      );
  await go();
  return said;
}
