#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  await run();
} else {
  process.stderr.write("limbeck: this checkout is not compiled yet: run `npm run build` in it first.\n");
  process.exitCode = 3;
}
