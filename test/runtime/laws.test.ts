/** Laws of the engine over random graphs. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Agenda, type Entry } from "../../src/runtime/engine/agenda.js";
import { createEngine } from "../../src/runtime/engine/engine.js";
import { ReadySet } from "../../src/runtime/engine/ready.js";
import { planOf } from "../../src/runtime/plan/plan.js";
import { prepared, run } from "../support/graphs.js";
import { deepFreeze, type Firing, randomGraph, randomParts, shuffled } from "../support/random-graphs.js";

const FOR_MS = 150;
const RUNS = { numRuns: 40 };

test("at a tag each node fires at most once, and after everything above it", async () => {
  let fired = 0;
  await fc.assert(
    fc.asyncProperty(randomGraph, async (graph) => {
      const firings: Firing[] = [];
      const components = randomParts((firing) => firings.push(firing));
      const { typed } = await prepared(graph, { components });
      await run(graph, { components, for_ms: FOR_MS });
      const rank = (id: string) => typed.byId.get(id)!.rank;
      firings.forEach((firing, i) => {
        const before = firings[i - 1];
        if (before === undefined) return;
        const inOrder =
          firing.time_ns > before.time_ns ||
          (firing.time_ns === before.time_ns &&
            (firing.microstep > before.microstep ||
              (firing.microstep === before.microstep && rank(firing.node) > rank(before.node))));
        expect(inOrder, `${JSON.stringify(before)} then ${JSON.stringify(firing)}`).toBe(true);
      });
      for (const vertex of typed.vertices)
        for (const input of vertex.inputs)
          if (input.delay_ns === undefined && !input.boundary)
            expect(rank(input.from.vertex)).toBeLessThan(vertex.rank);
      fired += firings.length;
    }),
    RUNS,
  );
  expect(fired).toBeGreaterThan(1000);
});

test("no diamond ever shows an inconsistent pair", async () => {
  const shape = fc.record({
    left: fc.integer({ min: 1, max: 6 }),
    right: fc.integer({ min: 1, max: 6 }),
    back: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ left, right, back }) => {
      const chain = (name: string, n: number) =>
        Array.from(
          { length: n },
          (_, i) =>
            `  ${name}${i}: {component: test/sum, params: {offset: 1}, in: {a: ${i === 0 ? "n.value" : `${name}${i - 1}.value`}}}`,
        );
      // declared back to front, so that an engine that goes by declaration would fail
      const lines = [
        ...chain("l", left),
        ...chain("r", right),
        `  join: {component: test/sum, on: {each: [a, b]}, in: {a: l${left - 1}.value, b: minus.value}}`,
        `  minus: {component: test/sum, params: {gain: -1}, in: {a: r${right - 1}.value}}`,
        "  n: {component: test/count, on: 1ms}",
      ];
      const { values } = await run(`nodes:\n${(back ? lines.toReversed() : lines).join("\n")}`, { for_ms: 20 });
      expect(values("join.value")).toEqual(Array.from({ length: 20 }, () => left - right));
    }),
    { numRuns: 20 },
  );
});

test("one seed, one run; another seed, another; and the graph is never written to", async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph, async (graph) => {
      const components = randomParts();
      const first = await run(deepFreeze(graph), { components, for_ms: FOR_MS });
      const second = await run(graph, { components, for_ms: FOR_MS });
      expect(second.result).toEqual(first.result);
      const other = await run(graph, { components, for_ms: FOR_MS, seed: graph.seed + 1 });
      expect(other.result.apart["w0.value"]).not.toBe(first.result.apart["w0.value"]);
    }),
    RUNS,
  );
});

test("no port sees in which order independent nodes are declared", async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph, fc.infiniteStream(fc.nat(1000)), async (graph, random) => {
      const components = randomParts();
      const order = (ids: string[]) =>
        ids
          .map((id) => ({ id, key: random.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ id }) => id);
      const there = await run(graph, { components, for_ms: FOR_MS });
      const back = await run(shuffled(graph, order), { components, for_ms: FOR_MS });
      expect(back.result.digest).toBe(there.result.digest);
      expect(back.result.apart).toEqual(there.result.apart);
    }),
    RUNS,
  );
});

test("a digest changes exactly when a message does", async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph, fc.nat(100), async (graph, pick) => {
      const components = randomParts();
      const ids = Object.keys(graph.nodes);
      const id = ids[pick % ids.length]!;
      const node = graph.nodes[id]!;
      const changed = { ...graph, nodes: { ...graph.nodes, [id]: { ...node, params: { ...node.params, gain: 3 } } } };
      const [one, two] = [
        await run(graph, { components, for_ms: FOR_MS }),
        await run(changed, { components, for_ms: FOR_MS }),
      ];
      for (const port of Object.keys(one.traces)) {
        const [a, b] = [one, two].map(({ result }) => result.ports[port] ?? result.apart[port]);
        expect(a === b, port).toBe(JSON.stringify(one.traces[port]) === JSON.stringify(two.traces[port]));
      }
    }),
    RUNS,
  );
});

test("tags never go back, and a port speaks at most once a tag", async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph, async (graph) => {
      const { traces } = await run(graph, { components: randomParts(), for_ms: FOR_MS });
      for (const [port, samples] of Object.entries(traces))
        samples.forEach(({ time_ns, microstep }, i) => {
          const before = samples[i - 1];
          if (before === undefined) return;
          expect(time_ns > before.time_ns || (time_ns === before.time_ns && microstep > before.microstep), port).toBe(
            true,
          );
        });
    }),
    RUNS,
  );
});

test("the agenda gives back in order of time, microstep and scheduling", () => {
  const tag = fc.record({ time_ns: fc.nat(20), microstep: fc.nat(3), take: fc.boolean() });
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 200 }), (tags) => {
      const agenda = new Agenda();
      const model: Entry[] = [];
      const key = (e: Entry) => (e.time_ns * 10 + e.microstep) * 1000 + e.sequence;
      for (const { take, ...at } of tags) {
        const entry = { ...at, sequence: -1, happen: () => {} };
        agenda.push(entry);
        model.push(entry);
        model.sort((a, b) => key(a) - key(b));
        if (take) expect(agenda.pop()).toBe(model.shift());
        expect(agenda.peek()).toBe(model[0]);
        expect(agenda.size).toBe(model.length);
      }
      while (model.length > 0) expect(agenda.pop()).toBe(model.shift());
      expect(agenda.pop()).toBeUndefined();
    }),
  );
});

test("the ready set gives back each rank once, lowest first, up to the most vertices that a graph may have", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { maxLength: 200 }), (ranks) => {
      const ready = new ReadySet(10_001);
      for (const rank of ranks) ready.add(rank);
      const taken: number[] = [];
      for (let rank = ready.take(); rank >= 0; rank = ready.take()) taken.push(rank);
      expect(taken).toEqual([...new Set(ranks)].sort((a, b) => a - b));
    }),
  );
});

test("an engine with nothing to do ends", async () => {
  const { typed } = await prepared("nodes: {}");
  const engine = createEngine(planOf(typed));
  await engine.run(async () => true);
  expect(engine.tag).toBe(0);
});
