/**
 * `npm test`: every test and check, ending with the one line `N passed, N failed, N skipped`.
 *
 * Lint, types and layers are tests like any other (test/checks, test/layers). Arguments go through to vitest:
 * `npm test -- test/message` runs one folder. With CI=true a full run fails for every test that was skipped: what is
 * optional at a desk (data beside the repository, numpy) is required there.
 */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "count-reporter.mjs")}`];

const child = spawn(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});
process.on("SIGINT", () => {});

let counts = { passed: 0, failed: 0, skipped: [] };
child.on("message", (message) => {
  counts = message;
});
child.on("close", (code) => {
  const exit = code ?? 1;
  // a run that fails without a failing test (nothing found, a crash) is one failure
  if (exit !== 0 && counts.failed === 0) counts = { ...counts, failed: 1 };
  if (process.env.CI === "true" && process.argv.length === 2 && counts.skipped.length > 0) {
    process.stdout.write(
      `\nSkipped, which CI does not allow:\n${counts.skipped.map((name) => `  ${name}\n`).join("")}`,
    );
    counts = { ...counts, failed: counts.failed + counts.skipped.length, skipped: [] };
  }
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped\n`);
  process.exitCode = exit === 0 && counts.failed > 0 ? 1 : exit;
});
