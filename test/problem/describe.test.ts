/** The page on checks lists every code of graph files, as the catalogue has them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fillCodes } from "../../src/problem/describe.js";
import { codes } from "../../src/problem/explain.js";

const page = readFileSync(new URL("../../docs/reference/checks.md", import.meta.url), "utf8");

test("docs/reference/checks.md has the tables that the catalogue gives: `npm run schemas` writes them", () => {
  expect(page).toBe(fillCodes(page));
});

test("no code of graph files is left out, and none stands twice", () => {
  const listed = [...page.matchAll(/^\| `(L\d{4})` \|/gm)].map((row) => row[1]);
  const known = codes().filter(({ code }) => /^L0[12]/.test(code));
  expect(listed.sort()).toEqual(known.map(({ code }) => code));
});
