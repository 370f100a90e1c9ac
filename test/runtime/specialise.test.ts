/** Firings written out as code say what any other would, whoever their neighbours are and whichever run comes between. */
import fc from "fast-check";
import Type from "typebox";
import { expect, test } from "vitest";
import { step } from "../../src/component/step.js";
import { codeOf } from "../../src/runtime/engine/specialise.js";
import { planOf } from "../../src/runtime/plan/plan.js";
import { createRun } from "../../src/runtime/run.js";
import { createBeat } from "../../src/runtime/watchdog.js";
import { memory, prepared, problemsOf, run } from "../support/graphs.js";
import { randomGraph, randomParts } from "../support/random-graphs.js";

const FOR_MS = 120;

test("runs that advance in turns, each a little, say what they say alone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(randomGraph, { minLength: 2, maxLength: 4 }), async (graphs) => {
      const components = randomParts();
      const alone = await Promise.all(graphs.map((graph) => run(graph, { components, for_ms: FOR_MS })));
      const runs = await Promise.all(
        graphs.map(async (graph) => {
          const { typed, component } = await prepared(graph, { components });
          return createRun(typed, { component, services: memory() });
        }),
      );
      for (let ms = 10; ms <= FOR_MS; ms += 10) for (const living of runs) await living.advance(ms * 1e6);
      const ends = await Promise.all(runs.map((living) => living.finish()));
      expect(ends.map((end) => end.digest)).toEqual(alone.map(({ result }) => result.digest));
      expect(ends.map((end) => end.events)).toEqual(alone.map(({ result }) => result.events));
    }),
    { numRuns: 15 },
  );
});

test("a run that is watched, and one in another legal order, say the same", async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph, fc.nat(1000), async (graph, permute) => {
      const components = randomParts();
      const { result } = await run(graph, { components, for_ms: FOR_MS });
      const beat = createBeat();
      const watched = await run(graph, { components, for_ms: FOR_MS, beat });
      expect(watched.result).toEqual(result);
      expect(beat[1]).toBeGreaterThan(0);
      const other = await run(graph, { components, for_ms: FOR_MS, permute });
      expect(other.result.digest).toBe(result.digest);
      expect(other.result.apart).toEqual(result.apart);
    }),
    { numRuns: 25 },
  );
});

/** Layers of sums over sums, each wired in its own way. */
function layers(width: number, depth: number): string {
  const id = (layer: number, i: number) => `n${layer}_${i}`;
  const lines = Array.from({ length: width }, (_, i) => `  ${id(0, i)}: {component: test/count, on: ${5 + (i % 3)}ms}`);
  for (let layer = 1; layer < depth; layer++)
    for (let i = 0; i < width; i++) {
      const from = (k: number) => `${id(layer - 1, (i * k + layer) % width)}.value`;
      const params = `params: {gain: 0.5, offset: ${i % 7}}`;
      lines.push(
        `  ${id(layer, i)}: {component: test/sum, ${params}, in: {a: ${from(1)}, b: ${from(3)}, c: ${from(5)}}}`,
      );
    }
  return `nodes:\n${lines.join("\n")}\n`;
}

test("nodes that fire one by one, because there are too many kinds of neighbourhood, say what neighbours say together", async () => {
  const large = await run(layers(97, 12), { for_ms: 40 });
  const { typed } = await prepared(layers(97, 12));
  expect(typed.vertices.length).toBe(97 * 12);
  // the same arithmetic, by hand
  const value = (layer: number, i: number, memo = new Map<string, number[]>()): number[] => {
    const key = `${layer}/${i}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const made = large.values(`n${layer}_${i}.value`) as number[];
    memo.set(key, made);
    return made;
  };
  const at = (layer: number, i: number) =>
    new Map(large.at(`n${layer}_${i}.value`).map(([ms, , message]) => [ms, message as number]));
  for (const i of [0, 13, 50, 96])
    for (const layer of [1, 5, 11]) {
      const sources = [1, 3, 5].map((k) => [...at(layer - 1, (i * k + layer) % 97)]);
      const times = [...new Set(sources.flat().map(([ms]) => ms))].sort((a, b) => a - b);
      const held = [0, 0, 0];
      const expected = times.map((ms) => {
        for (const [k, source] of sources.entries()) held[k] = new Map(source).get(ms) ?? held[k]!;
        return 0.5 * (held[0]! + held[1]! + held[2]!) + (i % 7);
      });
      expect(value(layer, i)).toEqual(expected);
    }
});

test("nothing of a graph enters the code but names of ports, as literals", async () => {
  const { typed } = await prepared(
    "nodes: {a: {component: test/count, on: 1ms}, b: {component: test/pass, in: {value: a.value}}}",
  );
  const plan = planOf(typed);
  const rank = plan.rankOf.get("b")!;
  const written = { rank, run: () => ({ outputs: {} }), late: false, prepared: false, stateful: false };
  const port = 'x"]; process.exit(1); //\u2028` $1';
  const slots = plan.slots.map((slot) => ({ ...slot, port }));
  const code = codeOf({ ...plan, slots }, [written], false);
  expect(code).toContain(JSON.stringify(port));
  expect(code.split(JSON.stringify(port)).join("")).not.toContain("process");
  expect(() => new Function("registers", "runs", code)).not.toThrow();
});

/** A step in the language of those who write no types. */
const loose = (give: (n: number) => object) =>
  step({
    doc: "Says what it likes.",
    inputs: { x: Type.Number() },
    outputs: { value: Type.Number() },
    step: ({ x }) => give(x) as { outputs: { value: number } },
  });

const fed = (readers: string) =>
  `nodes: {n: {component: test/count, on: 1ms}, odd: {component: test/odd, in: {x: n.value}}${readers}}`;

test.each([
  ["next to it", ", a: {component: test/pass, in: {value: odd.value}}"],
  [
    "further on, and several",
    `, ${Array.from({ length: 6 }, (_, i) => `r${i}: {component: test/pass, in: {value: odd.value}}`).join(", ")}`,
  ],
])("a bare number that is none stops at its port, with readers %s", async (_, readers) => {
  const odd = loose((x) => ({ outputs: { value: x === 3 ? "three" : x } }));
  const [problem] = await problemsOf(run(fed(readers), { components: { "test/odd": odd }, for_ms: 10 }));
  expect(problem).toMatchObject({ code: "L0603", path: "/nodes/odd" });
  expect(problem!.message).toContain("`odd.value`");
  expect(problem!.message).toContain("must be a number");
});

test("a state that was never declared is not silently lost", async () => {
  const odd = loose((x) => ({ outputs: { value: x }, state: x }));
  const [problem] = await problemsOf(run(fed(""), { components: { "test/odd": odd }, for_ms: 10 }));
  expect(problem).toMatchObject({ code: "L0602", path: "/nodes/odd" });
  expect(problem!.message).toContain("declares none");
});
