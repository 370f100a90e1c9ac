/** Replay: what was logged of the in-streams, put in the world's place, gives the same run; to the byte. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Sample } from "../../src/runtime/port/outlets.js";
import { run } from "../support/graphs.js";
import { randomGraph, randomParts } from "../support/random-graphs.js";

const FOR_MS = 150;

/** Keeps a run's in-streams, and gives them back. */
function memoryLog() {
  const kept = new Map<string, Sample[]>();
  return {
    log: {
      stream: (id: string) => {
        const samples: Sample[] = [];
        kept.set(id, samples);
        return (sample: Sample) => void samples.push(sample);
      },
    },
    async *replay(id: string): AsyncIterable<Sample> {
      yield* kept.get(id) ?? [];
    },
    count: () => [...kept.values()].reduce((n, samples) => n + samples.length, 0),
  };
}

test("replay of a log is the identity on digests, over random graphs", async () => {
  let messages = 0;
  await fc.assert(
    fc.asyncProperty(randomGraph, async (graph) => {
      const components = randomParts(() => {});
      const { log, replay, count } = memoryLog();
      const first = await run(graph, { components, for_ms: FOR_MS, log });
      const again = await run(graph, { components, for_ms: FOR_MS, replay });
      expect(again.result.ports).toEqual(first.result.ports);
      expect(again.result.digest).toBe(first.result.digest);
      messages += count();
    }),
    { numRuns: 40 },
  );
  expect(messages).toBeGreaterThan(500);
});

const NOISY = `
limbeck: 1
name: noisy
seed: 5
streams:
  in: {a: {message: number, simulate: w.value, contract: {rate: 100hz, latency: 3ms, jitter: 20ms, loss: 30%}}}
  out: {o: {message: number, from: last.value, initial: 0}}
world: {w: {component: test/noise, in: {value: o}}}
nodes:
  first: {component: test/sum, in: {a: {from: a, max_age: 30ms}}}
  last: {component: test/noise, on: 50hz, in: {value: first.value}}
`;

test("replay takes the log's tags, and simulates no contract again", async () => {
  const { log, replay } = memoryLog();
  const first = await run(NOISY, { for_ms: 500, log });
  const again = await run(NOISY, { for_ms: 500, replay });
  expect(first.result.streams.a!.lost).toBeGreaterThan(5);
  expect(again.result.streams.a!.lost).toBe(0);
  expect(again.at("a")).toEqual(first.at("a"));
  expect(again.result.digest).toBe(first.result.digest);
  expect(again.values("w.value")).toEqual([]);
});

test("without a length of its own, a replay ends with its last message", async () => {
  const { log, replay } = memoryLog();
  const first = await run(NOISY, { for_ms: 300, log });
  const again = await run(NOISY, { replay });
  const [last] = first.at("a").at(-1)!;
  expect(again.result.virtual_s * 1e3).toBeCloseTo(last, 6);
});
