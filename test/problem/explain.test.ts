/** The whole catalogue, whoever's area it is. */
import { expect, test } from "vitest";
import { catalogue } from "../../src/problem/catalogue.js";
import { codes, explain, nearestCode } from "../../src/problem/explain.js";

const listed = codes();

test("codes are unique, in order, and of their area's range", () => {
  expect(listed.map((c) => c.code)).toEqual(Object.keys(catalogue).sort());
  for (const { code } of listed) expect(code).toMatch(/^L0\d{3}$/);
});

test.each(listed.map((c) => c.code))("%s has a title and a long form", (code) => {
  const entry = catalogue[code];
  expect(entry.title, code).not.toBe("reserved");
  expect(entry.title.trim()).not.toBe("");
  expect(entry.explain.trim().length, code).toBeGreaterThan(40);
  expect(entry.explain.split("```").length % 2, "code fences are closed").toBe(1);
  expect(explain(code)).toContain(entry.explain.trim());
});

test("codes of graph files are explained by an example", () => {
  const bare = listed.filter((c) => /^L0[12]/.test(c.code) && !explain(c.code)!.includes("```"));
  // size, a bound, a count, and two whose remedy is said in words
  expect(bare.map((c) => c.code)).toEqual(["L0101", "L0104", "L0123", "L0210", "L0221", "L0227", "L0230", "L0232"]);
});

test("explain takes a code as it is typed, and nothing else", () => {
  expect(explain(" l0211 ")).toMatch(/^# L0211: cycle without a delay\n/);
  for (const name of ["L9999", "constructor", "__proto__", ""]) expect(explain(name)).toBeUndefined();
  expect(nearestCode("L211")).toBe("L0211");
});
