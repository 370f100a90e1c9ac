/** Folders, made step by step. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../../src/record/folder.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "limbeck-folder-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const codeOf = (path: string): string | undefined => {
  try {
    makeFolder(path);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

test("what is missing is made, what is there stays", () => {
  const path = join(root, "a", "b", "c");
  makeFolder(path);
  writeFileSync(join(path, "mine.txt"), "mine");
  makeFolder(path);
  expect(readdirSync(path)).toEqual(["mine.txt"]);
  mkdirSync(join(root, "real"));
  symlinkSync(join(root, "real"), join(root, "link"));
  makeFolder(join(root, "link", "d"));
  expect(statSync(join(root, "real", "d")).isDirectory()).toBe(true);
});

test("a file or a link to nowhere in the way is told by the system's code", () => {
  writeFileSync(join(root, "file"), "");
  expect(codeOf(join(root, "file"))).toBe("EEXIST");
  expect(codeOf(join(root, "file", "a", "b"))).toBe("EEXIST");
  symlinkSync(join(root, "nowhere"), join(root, "dangling"));
  expect(codeOf(join(root, "dangling"))).toBe("EEXIST");
});

test.runIf(process.platform === "linux")("below /proc, where Node's own recursive mkdir never comes back", () => {
  expect(codeOf("/proc/limbeck/a")).toBe("ENOENT");
});
