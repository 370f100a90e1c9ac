/**
 * The property tests under other seeds than the one that `npm test` draws from.
 *
 * A try is every test file that uses fast-check, run once; `TEST_SEED=N npm test -- FILE` is one of them again.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { demand, tries } from "./support/tries.mjs";

export const promise = "the laws that tests hold over what is drawn hold whatever is drawn";
export const runs = 20;

const root = join(import.meta.dirname, "..");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

const files = () =>
  readdirSync(join(root, "test"), { recursive: true })
    .map((name) => join(root, "test", name))
    .filter((file) => file.endsWith(".test.ts") && readFileSync(file, "utf8").includes('from "fast-check"'))
    .map((file) => relative(root, file));

/** What vitest tells of a run, as JSON. */
const tested = (seed) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, "run", "--reporter=json", ...files()], {
      cwd: root,
      env: { ...process.env, TEST_SEED: String(seed) },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let text = "";
    child.stdout.on("data", (piece) => {
      text += piece;
    });
    child.on("error", reject);
    child.on("close", () => resolve(JSON.parse(text)));
  });

export async function run({ seed, ...words }) {
  return tries(words, async (index) => {
    const { numPassedTests, testResults } = await tested(seed + index);
    const failed = testResults.flatMap(({ name, status, message, assertionResults }) => {
      const told = assertionResults
        .filter((one) => one.status === "failed")
        .map(({ fullName, failureMessages }) => `${relative(root, name)} > ${fullName}\n${failureMessages.join("\n")}`);
      return told.length > 0 || status === "passed" ? told : [`${relative(root, name)}: ${message}`];
    });
    demand(failed.length === 0, () => `TEST_SEED=${seed + index} npm test -- FILE\n${failed.join("\n")}`);
    return { passed: numPassedTests };
  });
}
