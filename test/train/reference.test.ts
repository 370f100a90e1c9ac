/** `docs/reference/training.md`: its examples run on the public API, and print what stands behind them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limbeck from "../../src/limbeck.js";
import { root } from "../support/run.js";

const page = readFileSync(join(root, "docs/reference/training.md"), "utf8");
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
const api: { readonly [name: string]: unknown } = limbeck;

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

test("there are examples", () => expect(examples.length).toBe(5));

test.each(examples)("example %#", async (code) => {
  const [, imported, body] = /^import \{ (.*) \} from "limbeck";\n([\s\S]*)$/.exec(code)!;
  const names = imported.split(", ");
  expect(names.filter((name) => api[name] === undefined)).toEqual([]);
  const said = [...body.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
  expect(said.length).toBeGreaterThan(0);
  const printed: string[] = [];
  const log = (...words: unknown[]) => printed.push(words.join(" "));
  const run = new AsyncFunction("console", ...names, body);
  await run({ log }, ...names.map((name) => api[name]));
  expect(printed).toEqual(said);
});
