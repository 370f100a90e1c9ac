import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// No test has a time limit: a slow machine is not a failure.
const shared = { testTimeout: 0, hookTimeout: 0, pool: "forks" as const, setupFiles: ["test/support/seed.ts"] };
// Tests of the real command run `bin/limbeck.js` in a process of its own, and need `dist`; those of workers start many.
const command = ["test/cli/**/*.test.ts", "test/project/bad-input.test.ts", "test/runtime/host.test.ts"];

// Helpers of benchmarks import what was built; under test they run on what `src` is now.
const built = { find: /^(?:\.\.\/)+dist\/(.*)\.js$/, replacement: resolve(import.meta.dirname, "src/$1.ts") };

export default defineConfig({
  test: {
    // every core works: by default one is left idle, which is half of a machine with two
    maxWorkers: "100%",
    projects: [
      {
        resolve: { alias: [built] },
        test: { ...shared, name: "unit", include: ["test/**/*.test.ts"], exclude: command },
      },
      { test: { ...shared, name: "command", include: command, globalSetup: ["scripts/vitest-build.mjs"] } },
    ],
  },
});
