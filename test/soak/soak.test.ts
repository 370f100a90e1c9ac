/** The promises of RELIABILITY in their short forms: `npm run soak` itself, with few tries. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, runNode } from "../support/run.js";

const soak = async (...words: string[]) => {
  const { code, stdout, stderr } = await runNode(join(root, "soak", "run.mjs"), [...words, "--json"]);
  return { code, stderr, results: stdout === "" ? [] : JSON.parse(stdout).results };
};

/** What each promise has to have come across, or its tries proved nothing. */
const promises: readonly [name: string, runs: number, met: { readonly [count: string]: number }][] = [
  ["R7", 25, { messages: 1000 }],
  ["R8", 60, { ran: 40, faulted: 10 }],
  ["R9", 3, { produced: 2000, lost: 1000, recorded: 2000 }],
  ["R11", 40, { crashed: 20, ports_unharmed: 40 }],
  ["R12", 3, { events: 1000 }],
  ["S2", 40, { above: 5, within: 5, large_graphs: 1 }],
  ["S3", 150, { refused: 100 }],
  ["S4", 84, {}],
];

test.each(promises)("%s, %i times", async (name, runs, met) => {
  const { results, stderr } = await soak(name, "--runs", String(runs));
  expect(results, stderr).toHaveLength(1);
  const [result] = results;
  expect(result.failures).toEqual([]);
  expect(result.tried).toBe(runs);
  for (const [count, least] of Object.entries(met)) expect(result[count], count).toBeGreaterThanOrEqual(least);
});

test("S1: a thousand mutated files, the ones that once failed first", async () => {
  const { results, stderr } = await soak("S1", "--runs", "1000");
  const [{ failures, tried, outcomes }] = results;
  expect(failures, stderr).toEqual([]);
  expect(tried).toBeGreaterThan(1000);
  expect(outcomes.refused).toBeGreaterThan(250);
  expect(outcomes.ran).toBeGreaterThan(40);
});

test("words that are none, and promises that there are not, are refused", async () => {
  const unknown = await soak("R99");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("there is no promise R99; there is: R7, R8");
  expect((await soak("S4", "--runs", "many")).stderr).toContain("--runs is a whole number");
});
