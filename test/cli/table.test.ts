/** Tables: alignment, one number format a column, units, the best marked. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { coloured } from "../../src/cli/style.js";
import { type Cell, table } from "../../src/cli/table.js";

test("numbers have their decimal points in one place, and the best contender is marked", () => {
  const text = table(
    [
      { title: "" },
      { title: "nMSE", best: "lowest" },
      { title: "R²", best: "highest", decimals: 4 },
      { title: "tracking", unit: "m", best: "lowest" },
    ],
    [
      { cells: ["teacher", undefined, undefined, { mean: 0.0792, sd: 0.01 }], contends: false },
      { cells: ["mlp", 0.00275, 0.99725, { mean: 0.081, sd: 0.011 }] },
      { cells: ["ridge", 12.5, -11.5, undefined] },
      { cells: ["mean", 1, 0, { mean: 1.42, sd: 0.22 }] },
    ],
  );
  expect(text).toBe(
    [
      "            nMSE          R²           tracking",
      "                                              m",
      "teacher        –           –    0.0792 ± 0.0100",
      "mlp       0.0027 *    0.9972 *  0.0810 ± 0.0110 *",
      "ridge    12.5000    -11.5000         –",
      "mean      1.0000      0.0000    1.4200 ± 0.2200",
      "",
    ].join("\n"),
  );
});

test("whole numbers stay whole, large and tiny columns become exponents, what is not finite is shown", () => {
  const column = (...values: Cell[]) =>
    table(
      [{ title: "x" }],
      values.map((value) => ({ cells: [value] })),
    )
      .split("\n")
      .slice(1, -1)
      .map((line) => line.trim());
  expect(column(1, 20_000, 3)).toEqual(["1", "20000", "3"]);
  expect(column(1.5e9, 2)).toEqual(["1.50e+9", "2.00e+0"]);
  expect(column(1.25e-7, 3e-6)).toEqual(["1.25e-7", "3.00e-6"]);
  expect(column(0.5, Number.NaN, Number.POSITIVE_INFINITY)).toEqual(["0.500", "NaN", "Infinity"]);
  expect(column(0, 0)).toEqual(["0", "0"]);
  expect(column(1.5, 2.4e-5, 0)).toEqual(["1.5000", "2.4e-5", "0.0000"]);
});

test("nothing is best among one, or among equals, or among what is not finite", () => {
  const marked = (...values: number[]) =>
    table(
      [{ title: "x", best: "lowest" }],
      values.map((value) => ({ cells: [value] })),
    ).includes("*");
  expect(marked(1)).toBe(false);
  expect(marked(2, 2)).toBe(false);
  expect(marked(2, Number.NaN)).toBe(false);
  expect(marked(2, 1)).toBe(true);
});

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
  fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e5, max: 1e5 }),
  fc.record({ mean: fc.double({ min: 0.01, max: 1e3, noNaN: true }), sd: fc.double({ min: 0, max: 10, noNaN: true }) }),
  fc.constant(undefined),
);

test("colours change no width: without their codes, coloured and plain are one text", () => {
  const titles = ["a", "bb", "ccc"];
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 6 }), (rows) => {
      const columns = titles.map((title) => ({ title, unit: "m", best: "lowest" as const }));
      const body = rows.map((cells) => ({ cells }));
      const bare = table(columns, body, coloured).replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "");
      const trimmed = (text: string) => text.split("\n").map((line) => line.trimEnd());
      expect(trimmed(bare)).toEqual(trimmed(table(columns, body)));
    }),
  );
});
