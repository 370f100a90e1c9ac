/** The laws of `limbeck/testing` over random graphs with every feature of the language, and that each finds what breaks it. */
import fc from "fast-check";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import { step } from "../../src/component/step.js";
import {
  allFeatures,
  arbitraryGraph,
  checkDeterminism,
  checkOrder,
  checkReplay,
  checkSnapshots,
  graphComponents,
  prepareGraph,
  testRun,
} from "../../src/testing/testing.js";
import { authored } from "../support/graphs.js";

const FOR_NS = 1.5e8;
const graphs = arbitraryGraph(allFeatures);

describe.each([
  ["repeats itself", checkDeterminism],
  ["replays to itself", checkReplay],
  ["bears every legal order", checkOrder],
  ["goes on from a snapshot", checkSnapshots],
])("every random graph %s", (_, check) => {
  test("with every feature on", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(1e6), async (graph, seed) => {
        const prepared = await prepareGraph(graph, graphComponents());
        await check(prepared, { for_ns: FOR_NS, runs: 1, seed });
      }),
      { numRuns: 60 },
    );
  });
});

test("the random graphs hold every feature, and use it", async () => {
  const seen = new Set<string>();
  let spoken = 0;
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      for (const node of Object.values(graph.nodes)) {
        for (const key of Object.keys(node.on ?? {})) seen.add(key);
        for (const key of Object.keys(node)) seen.add(key);
        for (const input of Object.values(node.in)) for (const key of Object.keys(input)) seen.add(key);
      }
      const { traces } = await testRun(await prepareGraph(graph, graphComponents()), { for_ns: FOR_NS });
      for (const samples of Object.values(traces)) spoken += samples.length;
    }),
    { numRuns: 150 },
  );
  const words = ["clock", "each", "aligned", "window", "silence", "phase", "latency"];
  const inputs = ["max_age", "missing", "delay", "initial", "exact", "queue"];
  for (const word of [...words, ...inputs]) expect(seen).toContain(word);
  expect(spoken).toBeGreaterThan(3000);
});

describe("what breaks a law is found:", () => {
  const number = Type.Number();
  const graph = authored(`
streams:
  in: {a: {message: number, simulate: w.value, contract: {rate: 100hz}}}
world: {w: {component: law/noise, params: {id: w, gain: 1}, on: 100hz, in: {a: {from: w.value, delay: 1ms, initial: 0}}}}
nodes:
  left: {component: test/cheat, in: {value: a}}
  right: {component: test/cheat, in: {value: a}}
`);
  const cheat = (say: (value: number) => number) => ({
    ...graphComponents(),
    "test/cheat": step({
      doc: "Says what it should not know.",
      inputs: { value: number },
      outputs: { value: number },
      step: ({ value }) => ({ outputs: { value: say(value) } }),
    }),
  });
  const options = { for_ns: 1e8, runs: 5, seed: 1 };

  test("a variable that outlives a run", async () => {
    let calls = 0;
    const prepared = await prepareGraph(
      graph,
      cheat(() => calls++),
    );
    await expect(checkDeterminism(prepared, options)).rejects.toThrow(/seed: 1,[\s\S]*L0009: the runs differ first at/);
  });

  test("what two nodes share beside their ports, by another order only", async () => {
    let last = Number.NaN;
    const prepared = await prepareGraph(
      graph,
      // the first to be asked of a value says 0, the second 1
      cheat((value) => {
        const second = last === value;
        last = second ? Number.NaN : value;
        return second ? 1 : 0;
      }),
    );
    await checkDeterminism(prepared, options);
    await expect(checkOrder(prepared, options)).rejects.toThrow("Property failed");
  });

  test("a state that the component keeps to itself, by a snapshot only", async () => {
    const secret = step({
      doc: "Counts where nobody sees it, from its first firing on.",
      inputs: { value: number },
      outputs: { value: number },
      state: () => ({ told: 0 }),
      step: (_, state, ctx) => {
        if (!counts.has(ctx.params)) counts.set(ctx.params, 0);
        const n = counts.get(ctx.params)! + 1;
        counts.set(ctx.params, n);
        return { outputs: { value: n }, state };
      },
    });
    const counts = new WeakMap<object, number>();
    const fresh = () => prepareGraph(graph, { ...graphComponents(), "test/cheat": secret });
    await expect(checkSnapshots(await fresh(), options)).rejects.toThrow("Property failed");
  });
});
