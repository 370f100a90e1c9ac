import fc from "fast-check";
import { expect, test } from "vitest";
import { codeFrame, linesOf } from "../../src/problem/frame.js";
import { nearest } from "../../src/problem/nearest.js";
import { pathTo, segmentsOf } from "../../src/problem/path.js";
import { MAX_PRINTED, printProblems, toJson } from "../../src/problem/print.js";
import { type Problem, problem } from "../../src/problem/problem.js";

const place = { file: "a.yaml", line: 2, column: 4, endLine: 2, endColumn: 7 };
const text = "one\nab: xyz\nthree\n";
const found = problem("L0203", { ref: "xyz", nearest: "xy", known: [] }, { path: "/nodes/ab", place });
const options = { readText: () => text, color: false };

test("place, frame, help", () => {
  expect(printProblems([found], options).split("\n")).toEqual([
    "error L0203: `xyz` names neither a stream nor a node",
    "  at a.yaml:2:4",
    "    1 | one",
    "  > 2 | ab: xyz",
    "      |    ^^^",
    "    3 | three",
    "  help Did you mean `xy`?",
    "",
    "1 error",
    "",
  ]);
});

test("without the text there is the place, without the place there is the path", () => {
  const { place: _, ...unplaced } = found;
  const printed = printProblems([found, unplaced as Problem], { readText: () => undefined, color: false });
  expect(printed).toContain("at a.yaml:2:4\n");
  expect(printed).toContain("at /nodes/ab\n");
  expect(printed).toContain("\n2 errors\n");
});

test("colour only where it is asked for, and never from the file", () => {
  const esc = "\u001b";
  const evil = "one\nab: \u001b[31mxyz\u202e\r\nthree\n";
  const read = { readText: () => evil };
  expect(printProblems([found], { ...read, color: true })).toContain(`${esc}[31m`);
  const plain = printProblems([{ ...found, message: `a${esc}[2Jb` }], { ...read, color: false });
  expect(plain).not.toContain(esc);
  expect(plain).not.toContain("\u202e");
  expect(plain).toContain("a·[2Jb");
});

test("json: one flat object a problem, null where there is nothing", () => {
  expect(toJson([found])).toEqual([
    {
      code: "L0203",
      severity: "error",
      ...place,
      message: "`xyz` names neither a stream nor a node",
      help: "Did you mean `xy`?",
      path: "/nodes/ab",
    },
  ]);
  expect(toJson([problem("L0121", { name: "kp" })])[0]).toMatchObject({ file: null, line: null, endColumn: null });
  expect(toJson([])).toEqual([]);
  expect(printProblems([], options)).toBe("");
});

test("past a bound problems are counted, not printed", () => {
  const printed = printProblems(
    Array.from({ length: MAX_PRINTED + 5 }, () => found),
    options,
  );
  expect(printed.match(/^error L0203/gm)).toHaveLength(MAX_PRINTED);
  expect(printed).toContain(`5 more problems are not shown\n`);
  expect(printed).toContain(`\n${MAX_PRINTED + 5} errors\n`);
});

test("frames are bounded in width and height, and what is meant stays in sight", () => {
  const wide = `${"x".repeat(5000)}HERE${"x".repeat(5000)}`;
  const frame = codeFrame([wide], { file: "f", line: 1, column: 5001, endLine: 1, endColumn: 5005 }, { color: false });
  const [line, marks] = frame.split("\n");
  expect(line!.length).toBeLessThan(160);
  expect(line!.slice(marks!.indexOf("^"), marks!.lastIndexOf("^") + 1)).toBe("HERE");
  const tall = Array.from({ length: 10_000 }, (_, i) => `l${i}`);
  const all = codeFrame(tall, { file: "f", line: 5, column: 1, endLine: 9_999, endColumn: 1 }, { color: false });
  expect(all.split("\n").length).toBeLessThan(8);
  expect(codeFrame(tall, { file: "f", line: 10_001, column: 1, endLine: 10_001, endColumn: 1 }, { color: false })).toBe(
    "",
  );
});

test("any place in any text can be shown", () => {
  const position = fc.record({ line: fc.integer({ min: 1, max: 8 }), column: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 8 }), position, position, (lines, a, b) => {
      const [start, end] = a.line < b.line || (a.line === b.line && a.column <= b.column) ? [a, b] : [b, a];
      const shown = codeFrame(
        linesOf(lines.join("\n")),
        { file: "f", ...start, endLine: end.line, endColumn: end.column },
        { color: false },
      );
      expect(shown.split("\n").length).toBeLessThan(20);
    }),
  );
});

test("paths: segmentsOf undoes pathTo, whatever the names hold", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("~", "/", "~1", "~01", ""))), (names) => {
      expect(segmentsOf(pathTo("", ...names))).toEqual(names);
    }),
  );
});

test.each([
  ["torqe", ["torque", "joints"], "torque"],
  ["Torque", ["torque"], "torque"],
  ["pd", ["control/pd", "x"], "control/pd"],
  ["ab", ["ba"], "ba"],
  ["wheel", ["joints", "torque"], undefined],
  // a link to nothing is in its folder and is not there
  ["link", ["link", "links"], "links"],
  ["x".repeat(65), ["x".repeat(65)], undefined],
])("nearest to %s", (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});
