/** A graph under one draw after the other is what a freshly loaded one would be. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Variation, Varied } from "../../src/distill/workbench.js";
import { wiredAs } from "../../src/graph/retune.js";
import type { Json } from "../../src/message/type.js";
import { loadGraph } from "../../src/project/load.js";
import { servicesOf } from "../../src/project/services.js";
import { createRun } from "../../src/runtime/run.js";

const GRAPH = `
limbeck: 1
name: varied
params: {gain: {type: number, default: 2}}
streams:
  in:
    x: {message: {tensor: [2]}, simulate: walk.value}
    y: {message: {tensor: [2]}, simulate: level.value}
  out:
    u: {message: {tensor: [2]}, from: scaled.value, initial: [0, 0]}
    v: {message: {tensor: [2]}, from: level_out.value, initial: [0, 0]}
world:
  walk: {component: source/random-walk, on: 100hz, params: {start: [1, 2], deviation: 0.5}}
  level: {component: source/constant, on: 50hz, params: {value: [3, 4]}}
  other: {component: source/constant, on: 10hz, params: {value: $gain}}
nodes:
  scaled: {component: filter/saturation, in: {value: x}, params: {lower: -9, upper: $gain}}
  level_out: {component: filter/saturation, in: {value: y}, params: {lower: -9, upper: 4}}
`;

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-varying-"));
  file = join(folder, "varied.graph.yaml");
  writeFileSync(file, GRAPH);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function digestOf({ typed, component }: Varied): Promise<string> {
  const run = await createRun(typed, { component, services: servicesOf(file, join(folder, ".limbeck")) });
  return (await run.start(2e8)).digest;
}

/** One loaded graph under one variation after the other, each beside a graph of its own. */
async function afterEachOther(variations: readonly Variation[]) {
  const { vary } = await loadGraph(file);
  const found: { varied: Varied; fresh: Varied }[] = [];
  for (const variation of variations) {
    const fresh = (await loadGraph(file)).vary(variation);
    found.push({ varied: vary(variation), fresh });
  }
  for (const { varied, fresh } of found) {
    expect(varied.typed.graph).toEqual(fresh.typed.graph);
    expect(varied.typed.vertices).toEqual(fresh.typed.vertices);
    expect([...varied.typed.byId.values()]).toEqual(varied.typed.vertices);
    expect(await digestOf(varied)).toBe(await digestOf(fresh));
  }
  return found.map(({ varied }) => varied.typed);
}
const sets = (...list: { readonly [param: string]: Json }[]) => list.map((set) => ({ set }));

test("params of the world: the first is checked, the others share its wiring", async () => {
  const [a, b, c] = await afterEachOther(
    sets(
      { "walk.deviation": 1, "level.value": [0, 1] },
      { "walk.deviation": 0, "level.value": [5, 5] },
      { "walk.deviation": 2, "level.value": [5, 6] },
    ),
  );
  expect(wiredAs(b!)).toBe(a);
  expect(wiredAs(c!)).toBe(a);
});

test("other params, params of nodes and of the graph, and texts that name one are bound anew", async () => {
  const typed = await afterEachOther([
    ...sets({ "walk.deviation": 1 }, { "level.value": [0, 1] }),
    ...sets({ "scaled.upper": 3 }, { "scaled.upper": 4 }),
    ...sets({ gain: 3 }, { gain: 4 }),
    ...sets({ "other.value": 3 }, { "other.value": "$gain" }),
    ...sets({}, {}),
  ]);
  const alone = typed.filter((one) => wiredAs(one) === one);
  expect(alone.length).toBe(typed.length - 1);
});

test("a type that changes with a param changes with it", async () => {
  const [, wide] = await afterEachOther(sets({ "other.value": 1 }, { "other.value": [1, 2, 3] }));
  expect(wide!.byId.get("other")!.outputs[0]!.type).toMatchObject({ tensor: [3] });
});

test("what is refused is refused with the same words, and the next draw is none the worse", async () => {
  const { vary } = await loadGraph(file);
  vary({ set: { "walk.deviation": 1 } });
  const fresh = (await loadGraph(file)).vary;
  for (const set of [
    { "walk.deviation": -1 },
    { "walk.deviation": "much" },
    { "level.value": [1, 2, 3] },
    { "nobody.sd": 1 },
  ]) {
    const told = (with_: typeof vary) => {
      try {
        with_({ set });
      } catch (error) {
        return error;
      }
      throw new Error(`${JSON.stringify(set)} was taken`);
    };
    expect(told(vary)).toEqual(told(fresh));
  }
  expect(vary({ set: { "walk.deviation": 2 } }).typed.graph.world.walk!.params.deviation).toBe(2);
});

test("other rewrites and components are other graphs", async () => {
  const { vary } = await loadGraph(file);
  const set = { "walk.deviation": 1 };
  const rewrites = [{ rule: "diagnose", options: { ports: "scaled.value", range: [-9, 9] } }];
  const plain = vary({ set }).typed;
  const diagnosed = vary({ set, rewrites }).typed;
  expect(diagnosed.vertices.length).toBeGreaterThan(plain.vertices.length);
  expect(vary({ set }).typed.vertices).toEqual(plain.vertices);
});
