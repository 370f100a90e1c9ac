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
  ["R1", 25, { killed: 10, written: 1000 }],
  ["R2", 300, { durable: 5000, holes: 1 }],
  ["R3", 8000, { looked_at_by_others: 100 }],
  ["R4", 3000, { refused: 1000, cut: 1, missing: 1000 }],
  ["R5", 100, { failed: 50, sound: 2, dropped: 1000 }],
  ["R6", 3, { messages: 100_000 }],
  ["R7", 25, { messages: 1000 }],
  ["R8", 60, { ran: 40, faulted: 10 }],
  ["R9", 3, { produced: 2000, lost: 1000, recorded: 2000, rows_dropped: 10_000, rows_kept: 1000 }],
  ["R11", 40, { crashed: 20, ports_unharmed: 40 }],
  ["R12", 5, { events: 900 }],
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
  expect(unknown.stderr).toContain("there is no promise R99; there is: laws, R1, R2");
  expect((await soak("S4", "--runs", "many")).stderr).toContain("--runs is a whole number");
});
