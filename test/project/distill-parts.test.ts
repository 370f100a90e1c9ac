/** What fires at several times is distilled part by part, and is one policy in the end. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openModel } from "../../src/models/store.js";
import { distill } from "../../src/project/distill.js";
import { distillParts, partsOf } from "../../src/project/distill-parts.js";
import { loadGraph } from "../../src/project/load.js";
import { folders } from "../../src/project/services.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-parts-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A cascade whose two loops are planes: a ridge is as good as they are. */
const GRAPH = `limbeck: 1
name: cascade
seed: 3
streams:
  in:
    position: {message: {type: number}, simulate: cart.position, contract: {rate: 100hz}}
    velocity: {message: {type: number}, simulate: cart.velocity, contract: {rate: 100hz}}
  out:
    force: {message: {type: number}, from: inner.force, initial: 0}
    speed: {message: {type: number}, from: outer.speed, initial: 0}
world:
  cart: {component: ./cart.ts, in: [force]}
  rest: {component: source/constant, on: 100hz, params: {value: 0}}
nodes:
  outer: {component: ./outer.ts, on: 10hz, in: [position]}
  inner: {component: ./inner.ts, on: 100hz, in: {target: outer.speed, velocity: velocity}}
evaluate:
  for: 3s
  episodes: 2
  metrics: {distance: {rmse: [position, rest.value]}}
  starts: {training: {cart.start: {uniform: [-2, 2]}}}
`;
const files = {
  "cascade.graph.yaml": GRAPH,
  "cart.ts": `import { step, Type } from "limbeck";
export default step({
  doc: "A mass on a rail.",
  params: Type.Object({ start: Type.Number({ default: 1 }) }),
  inputs: { force: Type.Number() },
  outputs: { position: Type.Number(), velocity: Type.Number() },
  state: ({ start }) => ({ x: start, v: 0 }),
  step({ force }, { x, v }, { dt }) {
    const next = { x: x + dt * v, v: v + dt * force };
    return { outputs: { position: next.x, velocity: next.v }, state: next };
  },
});
`,
  "outer.ts": `import { step, Type } from "limbeck";
export default step({
  doc: "How fast it shall go.",
  inputs: { position: Type.Number() },
  outputs: { speed: Type.Number() },
  step: ({ position }) => ({ outputs: { speed: -1.5 * position } }),
});
`,
  "inner.ts": `import { step, Type } from "limbeck";
export default step({
  doc: "How hard it is pushed.",
  inputs: { target: Type.Number(), velocity: Type.Number() },
  outputs: { force: Type.Number() },
  step: ({ target, velocity }) => ({ outputs: { force: 8 * (target - velocity) } }),
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

const load = () => loadGraph(join(root, "cascade.graph.yaml"), { models: join(home, "models") });

test("a cascade of 10 and 100 Hz: a student a loop, and one policy that drives as the two loops do", async () => {
  const loaded = await load();
  const teacher = { all: true } as const;
  const parts = partsOf(loaded, teacher);
  expect(parts).toEqual([["outer"], ["inner"]]);
  // each by its name; of all others the mean
  const studentsOf = { outer: ["ridge"], inner: ["ridge"] };
  const made = await distillParts(loaded, {
    ...job,
    as: "both",
    teacher,
    parts: parts!,
    students: ["mean"],
    studentsOf,
  });
  expect(made.spliced.map(({ nodes, model, student }) => [nodes, model, student])).toEqual([
    [["outer"], "both-outer@1", "ridge"],
    [["inner"], "both-inner@1", "ridge"],
  ]);
  for (const { nmse } of made.spliced) expect(nmse).toBeLessThan(1e-8);
  expect(made.model).toBe("both@1");

  const { card } = openModel(folders(home).models, "both@1");
  expect(card.teacher.nodes).toEqual(["outer", "inner"]);
  expect(Object.keys(card.inputs).sort()).toEqual(["position", "velocity"]);
  expect(Object.keys(card.outputs).sort()).toEqual(["force", "speed"]);

  const { teacher: driver, students } = made.compared;
  const cost = (loop: (typeof students)[number]["closed_loop"]) => loop!.distance!.training!.mean;
  expect(cost(driver!.closed_loop)).toBeGreaterThan(0.1);
  expect(cost(students[0]!.closed_loop)).toBeCloseTo(cost(driver!.closed_loop), 5);
  expect(students[0]!.test.nmse_mean).toBeLessThan(1e-8);
});

test("one student is what is asked for where one will do, and one that cannot be is refused with the way out", async () => {
  const loaded = await load();
  expect(partsOf(loaded, { nodes: ["inner"] })).toBeUndefined();
  expect(partsOf(loaded, { inputs: ["position"], outputs: ["speed"] })).toBeUndefined();
  expect(partsOf(loaded, { nodes: ["outer", "inner"], residual: "outer" })).toBeUndefined();
  await expect(distill(loaded, { ...job, teacher: { all: true }, as: "one" })).rejects.toThrow(/L0506/);
});
