/** The rule share: who drives, and what everybody reads. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph } from "../../src/graph/ir.js";
import { withoutInserted } from "../../src/rewrite/rewrite.js";
import { authored, memory, parts, rewritten, run } from "../support/graphs.js";
import { deepFreeze, randomGraph, randomParts } from "../support/random-graphs.js";

const FOR_MS = 150;
const RUNS = { numRuns: 40 };
const components = randomParts();

const sharing = (graph: Graph, id: string, share: number, more: Graph["rewrites"] = []): Graph => {
  const { component, params } = graph.nodes[id]!;
  return { ...graph, rewrites: [{ rule: "share", options: { nodes: [id], with: component, params, share } }, ...more] };
};

test.each([0, 0.5, 1])("a component beside itself changes no digest, whoever drives (share %d)", async (share) => {
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(randomGraph, fc.nat(1000), async (graph, pick) => {
      const ids = Object.keys(graph.nodes).filter((id) => graph.nodes[id]!.component !== "law/noise");
      fc.pre(ids.length > 0);
      const frozen = deepFreeze(sharing(graph, ids[pick % ids.length]!, share));
      const { graph: after, applied } = await rewritten(frozen, { components });
      // a node that nobody reads is no region
      if (applied[0]!.refusals.length > 0) return;
      const bare = await run(graph, { components, for_ms: FOR_MS });
      const both = await run(frozen, { components, for_ms: FOR_MS });
      expect(both.result.digest).toBe(bare.result.digest);
      expect(withoutInserted(after)).toEqual(frozen);
      shared++;
    }),
    RUNS,
  );
  expect(shared).toBeGreaterThan(RUNS.numRuns / 2);
});

const file = `limbeck: 1
name: two
seed: 3
streams:
  in: {x: {message: {type: number}, simulate: source.value}}
  out: {y: {message: {type: number}, from: gain.value, initial: 0}}
world: {source: {component: test/count, on: 1khz}}
nodes: {gain: {component: test/sum, in: {a: x}, params: {gain: 2}}}
`;

const samplesOf = async (rewrites: string, seed = 3, services = memory()) => {
  const { traces } = await run(file + rewrites, { for_ms: 2000, components: parts, seed, services });
  return { said: traces.y!.map(({ message }) => message as number), services };
};

test("the stand-in drives its share of the firings, and the same seed gives the same turns", async () => {
  const rule = "rewrites: [{share: {nodes: gain, with: test/sum, params: {gain: -2}, share: 0.3}}]";
  const { said } = await samplesOf(rule);
  const driven = said.filter((value) => value < 0).length;
  // within four standard deviations of the binomial
  expect(Math.abs(driven - 0.3 * said.length)).toBeLessThan(4 * Math.sqrt(0.3 * 0.7 * said.length));
  expect((await samplesOf(rule)).said).toEqual(said);
  expect((await samplesOf(rule, 4)).said).not.toEqual(said);
});

test("a recorder keeps what was applied, and with `raw` what the node would have done", async () => {
  const share = "{share: {nodes: gain, with: test/sum, params: {gain: -2}, share: 0.5}}";
  const record = (raw: boolean) => `{record: {as: r, inputs: [x], outputs: [gain.value]${raw ? ", raw: true" : ""}}}`;
  const keptOf = async (raw: boolean) => {
    const { services } = await samplesOf(`rewrites: [${share}, ${record(raw)}]`);
    return services.kept.r!.rows.map(({ values }) => [values.x as number, values["gain.value"] as number] as const);
  };
  const raw = await keptOf(true);
  expect(raw.length).toBeGreaterThan(1000);
  for (const [x, y] of raw) expect(y).toBe(2 * x);
  const applied = await keptOf(false);
  expect(applied.some(([x, y]) => y === -2 * x && x !== 0)).toBe(true);
  expect(applied.some(([x, y]) => y === 2 * x && x !== 0)).toBe(true);
});

test("a stand-in without the ports is refused, with what is missing and where", async () => {
  const rule =
    "rewrites: [{share: {nodes: gain, with: test/pass, share: 0.3}}, {share: {nodes: gain, with: nobody, share: 1}}]";
  const { applied } = await rewritten(authored(file + rule), { components: parts });
  const refusals = applied.flatMap((a) => a.refusals);
  expect(refusals.map(({ code, path }) => [code, path])).toEqual([
    ["L0507", "/rewrites/0/with"],
    ["L0509", "/rewrites/1/with"],
  ]);
});
