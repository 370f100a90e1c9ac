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

/** Rewrites of all the kinds that only insert, on ports of a random graph. */
const inserting = fc
  .record({ graph: randomGraph, ports: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }), order: fc.nat(1000) })
  .map(({ graph, ports, order }) => {
    const names = ["s0", "s1", "command", ...Object.keys(graph.nodes).map((id) => `${id}.value`)];
    const chosen = [...new Set(ports.map((pick) => names[pick % names.length]!))];
    const finite = { loss: "0%", delay: "0ms", noise: 0, freeze: { from: "1h" } };
    const nothing = { ...finite, nan: "0%" };
    const rewrites: Graph["rewrites"] = [
      {
        rule: "diagnose",
        options: {
          ports: chosen,
          rate: { min: "1hz" },
          max_age: "20ms",
          range: [-1, 1],
          frequency: { below: "5hz" },
          over: "2s",
        },
      },
      { rule: "diagnose", options: { ports: { place: "world" }, range: [-1, 1] } },
      { rule: "inject-fault", options: { ports: chosen, ...nothing } },
      { rule: "inject-fault", options: { ports: { place: "world" }, ...finite } },
      { rule: "inject-fault", options: { nodes: { id: "n*" }, crash: { at: "1h" } } },
      { rule: "record", options: { as: "r", inputs: ["w0.value"], outputs: chosen } },
    ];
    const at = order % rewrites.length;
    return { graph, rewrites: [...rewrites.slice(at), ...rewrites.slice(0, at)] };
  });

test("diagnose, record and faults of nothing are transparent, in any order and all together", async () => {
  let diagnoses = 0;
  await fc.assert(
    fc.asyncProperty(inserting, async ({ graph, rewrites }) => {
      const bare = await run(graph, { components, for_ms: FOR_MS });
      const all = await run(deepFreeze(withRewrites(graph, ...rewrites)), { components, for_ms: FOR_MS });
      expect(all.result.digest).toBe(bare.result.digest);
      expect(all.result.ports).toEqual(bare.result.ports);
      for (const [port, digest] of Object.entries(bare.result.apart)) expect(all.result.apart[port]).toBe(digest);
      for (const [port, samples] of Object.entries(all.traces))
        if (port.startsWith("diagnose#")) diagnoses += samples.length;
    }),
    RUNS,
  );
  expect(diagnoses).toBeGreaterThan(RUNS.numRuns);
});

test("remove ∘ insert is the identity for all of them, and the graph is the same whatever their order across phases", async () => {
  await fc.assert(
    fc.asyncProperty(inserting, async ({ graph, rewrites }) => {
      const frozen = deepFreeze(withRewrites(graph, ...rewrites));
      const { graph: after, typed, applied } = await rewritten(frozen, { components });
      expect(typed).toBeDefined();
      expect(applied.flatMap((a) => a.refusals)).toEqual([]);
      expect(withoutInserted(after)).toEqual(frozen);
      expect(digestOf(withoutInserted(after))).toBe(digestOf(frozen));
      const byPhase = ["diagnose", "inject-fault", "record"];
      expect(applied.map((a) => byPhase.indexOf(a.rule))).toEqual(applied.map((a) => byPhase.indexOf(a.rule)).sort());
    }),
    RUNS,
  );
});

test("faults are the same for the same seed, and who reads them is diagnosed with them", async () => {
  await fc.assert(
    fc.asyncProperty(inserting, fc.nat(100), async ({ graph }, seed) => {
      const faults = {
        rule: "inject-fault",
        options: { ports: { place: "in" }, loss: "30%", noise: 0.5, delay: { by: "3ms", jitter: "9ms" } },
      };
      const watch = { rule: "diagnose", options: { ports: { place: "in" }, range: [-0.1, 0.1] } };
      const options = { components, for_ms: FOR_MS, seed };
      const [a, b] = [
        await run(withRewrites(graph, faults, watch), options),
        await run(withRewrites(graph, watch, faults), options),
      ];
      expect(a.result.digest).toBe(b.result.digest);
      expect(a.result.apart).toEqual(b.result.apart);
      expect(a.result.warnings.map((p) => p.message)).toEqual(b.result.warnings.map((p) => p.message));
    }),
    RUNS,
  );
});
