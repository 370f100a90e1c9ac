/** examples/pytorch, word by word and in its short form: recorded, trained, dropped in, measured in closed loop. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as limbeck from "../../src/limbeck.js";
import type { CompareResult } from "../../src/project/results.js";
import { inside } from "../cli/command.js";
import { pythonWith } from "../support/python.js";
import { root, runProgram } from "../support/run.js";

const python = pythonWith("torch", "numpy");

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-example-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** What the README says to type, in its order; `.limbeck` is the temporary folder. */
async function commands(): Promise<string[][]> {
  const text = await readFile(join(root, "examples", "pytorch", "README.md"), "utf8");
  const [, block] = /```sh\n([\s\S]*?)```/.exec(text)!;
  return block!
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(/\s+/).map((word) => word.replace(/^\.limbeck\b/, dir)));
}

/** So that it is quick: less to learn from, a narrower net, fewer episodes to measure. */
const SHORT: { readonly [command: string]: readonly (readonly [string, string])[] } = {
  simulate: [["--for", "30s"]],
  "train.py": [
    ["--epochs", "12"],
    ["--width", "64"],
  ],
  compare: [
    ["--episodes", "2"],
    ["--for", "5s"],
  ],
};

function shortened(words: readonly string[]): string[] {
  const all = [...words];
  const [, options = []] = Object.entries(SHORT).find(([name]) => words.some((word) => word.endsWith(name))) ?? [];
  for (const [option, value] of options) {
    const at = all.indexOf(option);
    if (at < 0) all.push(option, value);
    else all[at + 1] = value;
  }
  return all;
}

test.skipIf(python === undefined)("the README's commands run, and the model does what the controller did", async () => {
  const ran: string[] = [];
  let compared: CompareResult | undefined;
  for (const [program, ...words] of await commands()) {
    if (program === "python3") {
      const { code, stderr } = await runProgram(python!, shortened(words));
      expect(code, stderr).toBe(0);
      ran.push("train");
      continue;
    }
    expect([program, words[0]]).toStrictEqual(["npx", "limbeck"]);
    const [, ...own] = shortened(words).map((word) => (word.startsWith("graphs/") ? join(root, word) : word));
    const { code, stdout, stderr } = await inside([...own, "--home", dir, "--json"], { api: limbeck });
    expect(code, stdout + stderr).toBe(0);
    ran.push(own[0]!);
    if (own[0] === "compare") compared = JSON.parse(stdout);
  }
  expect(ran).toStrictEqual(["simulate", "dataset", "train", "models", "compare"]);
  const tracking = (of: { closed_loop?: { readonly [m: string]: { readonly [s: string]: { mean: number } } } }) =>
    of.closed_loop!.tracking!.training!.mean;
  const [student] = compared!.students;
  const mean = compared!.baselines.find(({ name }) => name === "mean")!;
  // in between: far from letting the arm hang, and not better than what it learned from by more than luck
  expect(tracking(student!)).toBeLessThan(0.7 * tracking(mean));
});
