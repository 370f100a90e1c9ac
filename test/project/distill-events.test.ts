/** A node that fires on an event is distilled as any other, as long as it answers each time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { policyFacts } from "../../src/models/policy.js";
import { openModel } from "../../src/models/store.js";
import { decode } from "../../src/onnx/codec/index.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { distill } from "../../src/project/distill.js";
import { distillParts, partsOf } from "../../src/project/distill-parts.js";
import { loadGraph } from "../../src/project/load.js";
import { folders } from "../../src/project/services.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-events-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GRAPH = `limbeck: 1
name: watch
seed: 3
streams:
  in:
    frame: {message: {tensor: [3]}, kind: event, simulate: thing.frame}
  out:
    push: {message: number, from: drive.push, initial: 0}
world:
  thing: {component: ./thing.ts, on: 20hz, in: [push]}
  rest: {component: source/constant, on: 20hz, params: {value: 0}}
nodes:
  find: {component: ./find.ts, on: {each: [frame]}, in: [frame], params: {reach: 9}}
  drive: {component: ./drive.ts, on: {each: [spot]}, in: {spot: find.spot}}
evaluate:
  for: 1.96s
  episodes: 2
  metrics: {distance: {rmse: [thing.at, rest.value]}}
  starts: {training: {thing.start: {uniform: [-2, 2]}}}
`;
/** Two that fire together, and each says something to the outside. */
const PAIR = GRAPH.replace(
  "out:\n",
  "out:\n    seen: {message: {x: number, v: number}, kind: event, from: find.spot}\n    near: {message: {x: number, v: number}, kind: event, from: look.spot}\n",
).replace("  drive:", "  look: {component: ./find.ts, on: {each: [frame]}, in: [frame]}\n  drive:");
const files = {
  "watch.graph.yaml": GRAPH,
  "quiet.graph.yaml": GRAPH.replace("reach: 9", "reach: 0.7"),
  "pair.graph.yaml": PAIR,
  "hush.graph.yaml": PAIR.replace("in: [frame]}\n  drive", "in: [frame], params: {reach: 0.7}}\n  drive"),
  "slow.graph.yaml": GRAPH.replace("params: {reach: 9}", "latency: 20ms"),
  "thing.ts": `import { event, step, tensor, Type } from "limbeck";
export default step({
  doc: "A mass that is seen in three numbers.",
  params: Type.Object({ start: Type.Number({ default: 1 }) }),
  inputs: { push: Type.Number() },
  outputs: { frame: event(tensor([3])), at: Type.Number() },
  state: ({ start }) => ({ x: start, v: 0 }),
  step({ push }, { x, v }, { dt }) {
    const next = { x: x + dt * v, v: v + dt * push };
    return { outputs: { frame: Float64Array.of(next.x, next.v, next.x - next.v), at: next.x }, state: next };
  },
});
`,
  "find.ts": `import { event, step, tensor, Type } from "limbeck";
export default step({
  doc: "Where it will be, when it is within reach.",
  params: Type.Object({ reach: Type.Number({ default: 9 }) }),
  inputs: { frame: event(tensor([3])) },
  outputs: { spot: event(Type.Object({ x: Type.Number(), v: Type.Number() })) },
  step({ frame }, _, { params: { reach } }) {
    const [x, v] = frame;
    return { outputs: Math.abs(x) > reach ? {} : { spot: { x: x + 0.1 * v, v } } };
  },
});
`,
  "drive.ts": `import { event, step, Type } from "limbeck";
export default step({
  doc: "How hard it is pushed.",
  inputs: { spot: event(Type.Object({ x: Type.Number(), v: Type.Number() })) },
  outputs: { push: Type.Number() },
  step: ({ spot }) => ({ outputs: { push: -3 * spot.x - 2 * spot.v } }),
});
`,
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
const home = join(root, ".limbeck");
const job = {
  home,
  signal: new AbortController().signal,
  onProgress: () => {},
  now: () => 0,
  students: ["ridge"],
  episodes: 12,
  command: [],
  createdAt: "2026-01-01T00:00:00Z",
};
const graphOf = (name: string) => loadGraph(join(root, `${name}.graph.yaml`), { models: folders(home).models });

const costOf = (loop: { readonly [metric: string]: { readonly [start: string]: { readonly mean: number } } }) =>
  loop.distance!.training!.mean;

it.each(["watch", "slow"])("%s: a student drives through its events as its teacher does", async (name) => {
  const found = await distill(await graphOf(name), { ...job, teacher: { nodes: ["find"] }, as: name });
  const { card } = openModel(folders(home).models, `${name}@1`);
  expect(card.trigger).toEqual({ each: ["frame"] });
  expect([card.inputs.frame!.kind, card.outputs.spot!.kind]).toEqual(["event", "event"]);
  expect(readFileSync(found.component, "utf8").match(/kind: "event"/g)).toHaveLength(2);
  const [student] = found.students;
  expect(student!.test.nmse_mean).toBeLessThan(1e-8);
  expect(costOf(found.teacher!.closed_loop!)).toBeGreaterThan(0.1);
  expect(costOf(student!.closed_loop!)).toBeCloseTo(costOf(found.teacher!.closed_loop!), 5);
});

it("nodes that fire each other by events are parts, and one policy that is called at each event", async () => {
  const loaded = await graphOf("watch");
  const teacher = { all: true } as const;
  const parts = partsOf(loaded, teacher);
  expect(parts).toEqual([["find"], ["drive"]]);
  const { compared } = await distillParts(loaded, { ...job, as: "all", teacher, parts: parts! });
  const { card } = openModel(folders(home).models, "all@1");
  expect(card.trigger).toEqual({ each: ["frame"] });
  expect(card.inputs.frame!.kind).toBe("event");
  expect(costOf(compared.students[0]!.closed_loop!)).toBeCloseTo(costOf(compared.teacher!.closed_loop!), 5);
});

it("a student of two nodes says what each of them said", async () => {
  const loaded = await graphOf("pair");
  const teacher = { all: true } as const;
  const parts = partsOf(loaded, teacher)!;
  expect(parts).toEqual([["find", "look"], ["drive"]]);
  const { model } = await distillParts(loaded, { ...job, as: "pair", teacher, parts });
  const { outputs } = policyFacts(decode(openModel(folders(home).models, model).bytes), model);
  const refs = Object.entries(outputs).map(([port, { ref }]) => [port, ref]);
  expect(Object.fromEntries(refs)).toEqual({ push: "drive.push", seen: "find.spot", near: "look.spot" });
});

it.each([
  ["quiet", ["find"], /`find` fired 480 times and said `find.spot` [1-9]\d{0,2} times/],
  [
    "hush",
    ["find", "look"],
    /`find, look` fired 480 times and said all of `find.spot`, `look.spot` [1-9]\d{0,2} times/,
  ],
])("%s: a teacher that keeps silent now and then is refused, with how often it spoke", async (name, nodes, told) => {
  const refused = distill(await graphOf(name), { ...job, teacher: { nodes }, as: name });
  const [found] = await refused.then(
    () => [],
    (error: LimbeckError) => error.problems,
  );
  expect(found?.code).toBe("L0912");
  expect(found?.message).toMatch(told);
});
