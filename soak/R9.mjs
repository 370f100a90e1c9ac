/**
 * A slow consumer costs its declared queue and no more: a node, or a recorder's disk, that gets ten times as much as it can
 * take. Each try is a process of its own, since its memory is measured.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { tries } from "./support/tries.mjs";

export const promise = "a slow consumer costs its declared queue and no more";
export const runs = 200;

const child = join(import.meta.dirname, "support", "r9-child.mjs");
const execute = promisify(execFile);

export const run = ({ seed, ...words }) =>
  tries(words, async (index) => {
    const home = mkdtempSync(join(tmpdir(), "limbeck-overload-"));
    try {
      const { stdout } = await execute(process.execPath, ["--expose-gc", child, String(seed), String(index), home]);
      return JSON.parse(stdout);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
