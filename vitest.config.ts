import { defineConfig } from "vitest/config";

// No test has a time limit: a slow machine is not a failure.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 0,
    hookTimeout: 0,
    pool: "forks",
  },
});
