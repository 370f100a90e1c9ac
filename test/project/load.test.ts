/** Opening a graph file in its project: message types beside it, component files, rewrites laid over it, ports as Observables. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { map, toArray } from "rxjs";
import { afterAll, expect, it } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import { loadGraph } from "../../src/project/load.js";
import { openRun } from "../../src/project/open-run.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-load-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
/** A project with these files; the graph file is `graphs/a.graph.yaml`. */
function project(files: { readonly [path: string]: string }): string {
  const folder = join(root, String(count++));
  for (const [path, text] of Object.entries({ "package.json": "{}", ...files })) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return join(folder, "graphs/a.graph.yaml");
}

const GRAPH = `
limbeck: 1
name: a
streams:
  in: {point: {message: Point, simulate: hand.target, contract: {rate: 10hz}}}
world: {hand: {component: sim/waypoints, params: {box: [[0, 0], [1, 1]], hold: 0.3}}}
nodes: {reach: {component: ../parts/reach.ts, in: [point]}}
`;
const REACH = `import { step, tensor } from "limbeck";
export default step({
  doc: "Twice as far.",
  inputs: { point: tensor([2]) },
  outputs: { point: tensor([2]) },
  step: ({ point }) => ({ outputs: { point: point.map((v) => 2 * v) } }),
});
`;

it("takes message types from schemas/messages, component files from anywhere in the project", async () => {
  const files = {
    "graphs/a.graph.yaml": GRAPH,
    "parts/reach.ts": REACH,
    "schemas/messages/Point.yaml": "tensor: [2]\nunit: m\n",
  };
  const loaded = await loadGraph(project(files));
  expect(loaded.problems.filter((p) => p.severity === "error")).toEqual([]);
  expect(loaded.typed!.byId.get("point")!.outputs[0]!.type).toMatchObject({ tensor: [2], unit: "m", title: "Point" });
});

it("places the mistakes of a message type in its own file", async () => {
  const files = {
    "graphs/a.graph.yaml": GRAPH,
    "parts/reach.ts": REACH,
    "schemas/messages/Point.yaml": "unit: m\ntensr: [2]\n",
  };
  const error = await loadGraph(project(files)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(LimbeckError);
  const [first] = (error as LimbeckError).problems;
  expect(first!.place!.file).toMatch(/schemas\/messages\/Point\.yaml$/);
});

it("names the nearest type when there is none of the name", async () => {
  const files = {
    "graphs/a.graph.yaml": GRAPH,
    "parts/reach.ts": REACH,
    "schemas/messages/Pint.json": '{"tensor": [2]}',
  };
  const { problems } = await loadGraph(project(files));
  expect(problems.map((p) => p.code)).toContain("L0206");
  expect(problems.find((p) => p.code === "L0206")!.help).toContain("Pint");
});

it("gives ports as Observables, each message at its tag", async () => {
  const files = {
    "graphs/a.graph.yaml": GRAPH,
    "parts/reach.ts": REACH,
    "schemas/messages/Point.yaml": "tensor: [2]\n",
  };
  const run = await openRun(await loadGraph(project(files)));
  const sent = new Promise<(readonly [number, number])[]>((resolve) => {
    run
      .port("reach.point")
      .pipe(
        map(({ time_ns, message }) => [time_ns, (message as Float64Array)[0]!] as const),
        toArray(),
      )
      .subscribe(resolve);
  });
  const points: number[] = [];
  run.port("point").subscribe(({ message }) => points.push((message as Float64Array)[0]!));
  const { digest, events } = await run.start(1e9);
  expect((await sent).map(([time_ns]) => time_ns)).toEqual(Array.from({ length: 10 }, (_, k) => k * 1e8));
  expect((await sent).map(([, value]) => value)).toEqual(points.map((v) => 2 * v));
  expect(new Set(points).size).toBe(4);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(events).toBe(30);
  expect(() => run.port("reach.pint")).toThrow(/Did you mean `reach.point`/);
});

it("gives problems met in a run their place in the file", async () => {
  const thrower = REACH.replace(
    "({ outputs: { point: point.map((v) => 2 * v) } })",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a component file
    "{ throw new Error(`no ${point[0]}`); }",
  );
  const files = {
    "graphs/a.graph.yaml": GRAPH,
    "parts/reach.ts": thrower,
    "schemas/messages/Point.yaml": "tensor: [2]\n",
  };
  const loaded = await loadGraph(project(files));
  const error = await (await openRun(loaded)).start(1e9).catch((e: unknown) => e);
  const [met] = loaded.locate((error as LimbeckError).problems);
  expect(met).toMatchObject({ code: "L0602", place: { line: 7 } });
});
