/** Which students are fitted for which nodes. */
import { expect, test } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import { namesOfStudents, pickStudents } from "../../src/project/fit.js";

const parts = [["ik"], ["pd", "clip"], ["mode"]];
const refused = (studentsOf: { readonly [node: string]: readonly string[] }, of = parts): string[] => {
  try {
    namesOfStudents(of, { studentsOf });
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems.map(({ code, help }) => `${code} ${help}`);
  }
  return [];
};

test("what is said of a node is said of its part, and the rest have what is said of all", () => {
  const studentsOf = { clip: ["gru", "history"], mode: ["forest"] };
  expect(namesOfStudents(parts, { students: ["ridge"], studentsOf })).toEqual([
    ["ridge"],
    ["gru", "history"],
    ["forest"],
  ]);
  expect(namesOfStudents(parts, { studentsOf: { pd: ["gru"], clip: ["gru"] } })).toEqual([
    undefined,
    ["gru"],
    undefined,
  ]);
});

test("a node that is not distilled, and two things said of one part", () => {
  expect(refused({ mod: ["gru"] })).toEqual(["L0910 Did you mean `mode`?"]);
  expect(refused({ filter: ["gru"] })).toEqual(["L0910 What is distilled: `ik`, `pd`, `clip`, `mode`."]);
  expect(refused({ ik: ["gru"] }, [[]])[0]).toContain("L0910 Say `--students` without a node");
  expect(refused({ pd: ["gru"], clip: ["ridge"] })[0]).toContain("L0911");
});

test("a student that is named twice is fitted once", () => {
  const found = pickStudents(["mlp", "ridge", "mlp"], [{ port: "x", type: { type: "number" } }]);
  expect(found.map(({ name }) => name)).toEqual(["mlp", "ridge"]);
});
