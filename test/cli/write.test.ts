/** Files that a user named: whole or not at all, and never in the place of what is no file. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import { writeWhole } from "../../src/project/write.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-write-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const refusal = (file: string): string => {
  try {
    writeWhole(file, "new");
  } catch (error) {
    if (error instanceof LimbeckError)
      return error.problems.map((p) => `${p.code} ${p.message.replaceAll(folder, "")}`).join();
    throw error;
  }
  return "";
};

test("a new file, and one in the place of another", () => {
  const file = join(folder, "a.svg");
  for (const text of ["old", "new"]) {
    writeWhole(file, text);
    expect(readFileSync(file, "utf8")).toBe(text);
  }
  expect(readdirSync(folder)).toEqual(["a.svg"]);
});

test("a link stays a link, and what it names is written", () => {
  writeFileSync(join(folder, "a.svg"), "old");
  symlinkSync("a.svg", join(folder, "link.svg"));
  writeWhole(join(folder, "link.svg"), "new");
  expect(lstatSync(join(folder, "link.svg")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, "a.svg"), "utf8")).toBe("new");
});

test("what is no file is written to, not replaced", () => {
  const sink = join(folder, "sink");
  symlinkSync("/dev/null", sink);
  writeWhole(sink, "new");
  expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
  expect(lstatSync(sink).isSymbolicLink()).toBe(true);
});

test("a refusal names what the user named", () => {
  mkdirSync(join(folder, "inner"));
  expect(refusal(join(folder, "inner"))).toBe("L0002 /inner is a folder, not a file to write");
  expect(refusal(join(folder, "none", "a.svg"))).toMatch(/^L0005 \/none\/a\.svg cannot be written: ENOENT/);
  expect(refusal(join(folder, "none", "a.svg"))).not.toContain("partial");
  expect(readdirSync(folder)).toEqual(["inner"]);
});
