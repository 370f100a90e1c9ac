/** Laws of rewriting over random graphs. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import type { Graph } from "../../src/graph/ir.js";
import { withoutInserted } from "../../src/rewrite/rewrite.js";
import { memory, rewritten, run } from "../support/graphs.js";
import { deepFreeze, randomGraph, randomParts } from "../support/random-graphs.js";

const FOR_MS = 150;
const RUNS = { numRuns: 40 };
const components = randomParts();

const withRewrites = (graph: Graph, ...rewrites: Graph["rewrites"]): Graph => ({ ...graph, rewrites });

/** Records some of a graph's ports. */
const recorded = fc.tuple(randomGraph, fc.nat(1000), fc.nat(1000)).map(([graph, a, b]) => {
  const ids = Object.keys(graph.nodes);
  const out = `${ids[a % ids.length]}.value`;
  const inputs = ["s0", "s1", ...ids.map((id) => `${id}.value`)].filter(
    (name, i) => name !== out && (b >> (i % 10)) % 2 === 1,
  );
  return { graph, record: { rule: "record", options: { as: "r", inputs, outputs: [out] } } };
});

test("record is transparent: every other port's digest stays", async () => {
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(recorded, async ({ graph, record }) => {
      const services = memory();
      const bare = await run(graph, { components, for_ms: FOR_MS });
      const kept = await run(withRewrites(graph, record), { components, for_ms: FOR_MS, services });
      expect(kept.result.digest).toBe(bare.result.digest);
      expect(kept.result.ports).toEqual(bare.result.ports);
      expect(kept.result.apart).toEqual(bare.result.apart);
      const said = bare.traces[record.options.outputs[0]!]!.length;
      expect(services.kept.r!.rows.length + services.kept.r!.incomplete.length).toBe(said);
      rows += services.kept.r!.rows.length;
    }),
    RUNS,
  );
  expect(rows).toBeGreaterThan(100);
});

test("a row is what the firing read: the inputs of the recorded node, as it took them", async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph, fc.nat(1000), async (graph, pick) => {
      const sums = Object.entries(graph.nodes).filter(([, node]) => node.component === "law/sum");
      fc.pre(sums.length > 0);
      const [id, node] = sums[pick % sums.length]!;
      const inputs = [...new Set(Object.values(node.in).map(({ from }) => from))];
      // two inputs that read one port in two ways have no one value for it, and a loop has its own output as input
      fc.pre(inputs.length === Object.keys(node.in).length && inputs.every((from) => !from.startsWith(`${id}.`)));
      const services = memory();
      const record = { rule: "record", options: { as: "r", inputs, outputs: [`${id}.value`] } };
      await run(withRewrites(graph, record), { components, for_ms: FOR_MS, services });
      const port = (name: string) => node.in[name]?.from;
      for (const { values } of services.kept.r!.rows) {
        const [a, b, c] = ["a", "b", "c"].map((name) => (values[port(name) ?? ""] ?? 0) as number) as [
          number,
          number,
          number,
        ];
        expect(values[`${id}.value`]).toBe((node.params.gain as number) * (a + b - c) * 0.5 + 1);
      }
    }),
    RUNS,
  );
});

test("remove ∘ insert is the identity, and the input is never written to", async () => {
  await fc.assert(
    fc.asyncProperty(recorded, async ({ graph, record }) => {
      const both = deepFreeze(withRewrites(graph, record, { rule: "record", options: { ...record.options, as: "q" } }));
      const { graph: after, typed } = await rewritten(both, { components });
      expect(Object.keys(after.nodes).slice(-2)).toEqual(["record#r", "record#q"]);
      expect(typed).toBeDefined();
      expect(withoutInserted(after)).toEqual(both);
      expect(digestOf(withoutInserted(after))).toBe(digestOf(both));
      const one = withoutInserted(after, "/rewrites/0");
      expect(Object.keys(one.nodes)).toEqual([...Object.keys(graph.nodes), "record#q"]);
    }),
    RUNS,
  );
});

test("whatever a rule inserts says where it comes from, and nothing else does", async () => {
  await fc.assert(
    fc.asyncProperty(recorded, async ({ graph, record }) => {
      const { typed } = await rewritten(withRewrites(graph, record), { components });
      for (const vertex of typed!.vertices) {
        expect(vertex.inserted).toBe(vertex.id === "record#r");
        if (vertex.place !== "nodes") continue;
        const origin = vertex.inserted ? { rule: "record", path: "/rewrites/0" } : undefined;
        expect(vertex.node.origin).toEqual(origin);
        for (const input of Object.values(vertex.node.in)) expect(input.origin).toEqual(origin);
      }
    }),
    RUNS,
  );
});

test("an identical component in a node's place changes no digest, inserted or not", async () => {
  let replaced = 0;
  await fc.assert(
    fc.asyncProperty(randomGraph, fc.nat(1000), async (graph, pick) => {
      const ids = Object.keys(graph.nodes);
      const id = ids[pick % ids.length]!;
      const { component, params } = graph.nodes[id]!;
      const options = { nodes: [id], with: component, params };
      const frozen = deepFreeze(withRewrites(graph, { rule: "substitute", options }));
      const { typed, applied } = await rewritten(frozen, { components });
      // a node that fires on its own delayed output, or that nobody reads, is refused
      if (applied[0]!.refusals.length > 0) return;
      expect(typed).toBeDefined();
      const bare = await run(graph, { components, for_ms: FOR_MS });
      const swapped = await run(frozen, { components, for_ms: FOR_MS });
      expect(swapped.result.digest).toBe(bare.result.digest);
      expect(swapped.result.ports).toEqual(bare.result.ports);
      replaced++;
    }),
    RUNS,
  );
  expect(replaced).toBeGreaterThan(RUNS.numRuns / 2);
});
