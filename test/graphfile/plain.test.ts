/** The reader of plain YAML gives what the `yaml` package gives, or gives up. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseWithCare, parseYaml, reservedNames } from "../../src/graphfile/parse.js";
import { parsePlain } from "../../src/graphfile/plain.js";
import type { Spot } from "../../src/graphfile/sourcemap.js";
import { armReach } from "../support/arm-reach.js";
import { root } from "../support/run.js";

const plain = (text: string) => parsePlain(text, "f", reservedNames);
const graphs = readdirSync(join(root, "graphs")).filter((name) => name.endsWith(".graph.yaml"));
const texts = [armReach, ...graphs.map((name) => readFileSync(join(root, "graphs", name), "utf8"))];

/** A block collection's end, which alone may differ, is left out. */
function comparable(text: string, spot: Spot): unknown {
  const { place, key, children } = spot;
  const line = text.split("\n")[place.line - 1] ?? "";
  const isBlock = children !== undefined && !"{[".includes(line[place.column - 1] ?? " ");
  return {
    key,
    place: isBlock ? [place.file, place.line, place.column] : place,
    children: children && [...children].map(([name, child]) => [name, comparable(text, child)]),
  };
}

/** Holds one text to the law; true where the reader did not give up. */
function agree(text: string): boolean {
  const quick = plain(text);
  if (quick === undefined) return false;
  const slow = parseWithCare(text, "f");
  expect(slow.problems, text).toEqual([]);
  expect(JSON.stringify(quick.value), text).toBe(JSON.stringify(slow.value));
  expect(quick.value, text).toEqual(slow.value);
  expect(comparable(text, quick.spot), text).toEqual(comparable(text, slow.spot));
  return true;
}

test("graph files are read without the package", () => {
  for (const text of texts) expect(agree(text), text.slice(0, 80)).toBe(true);
});

test.each([
  "a: 1\nb: -2\nc: 1.5\nd: 1e3\ne: .5\nf: -0\ng: 007\nh: 1.2.3\ni: 1_000\nj: 5ms\nk: +3\nl: 2.\n",
  "a: true\nb: False\nc: yes\nd: tru\n",
  "a: x y  # c\nb: x#y\nc: 'it''s'\nd: \"q\\\"\\\\\\n\"\ne: mqtt://h:1/x\nf: °C\n",
  "a:\n  - 1\n  - b: 2\n    c: 3\n  - {d: 4}\ne:\n- f\n- [g, -1]\n",
  "a: {b: [1, 2,\n    3], # c\n  # d\n  e: {f: 'x, y'} }\ng:\nh:   # c\ni:\n  j:\n",
  "# head\n\n\na:\n\n  # c\n  b: 1\n # odd\n  c: 2\n\n",
  "a: [x, y,]\nb: {c: d,}\nd: []\ne: {}\n",
  "leg/ik#1: {\"a\": 1, 'b': 2}\n",
  "a: 1",
  "doc: >-\n  one\n  two: # three\n\nb: 1\n",
  "doc: >\n  one\n  two\nb:\n  c: |\n      x\n      - y\n  d: |-\n   z\n # c\n",
])("plain: %j", (text) => {
  expect(agree(text)).toBe(true);
});

test.each([
  "",
  "# c\n",
  "[a]\n",
  "x\n",
  " a: 1\n",
  "{a: 1}\n",
  "a: 1\n  b\n",
  "a: b: c\n",
  "a: 1\na: 2\n",
  "a: &b 1\n",
  "a: *b\n",
  "a: !!int 1\n",
  "a: |\n  x\n   y\n",
  "a: >\n  x\n\n  y\n",
  "a: >\n  x \n",
  "a: >\nb: 1\n",
  "a: >+\n  x\n",
  "a: |\n  x",
  "a: >2\n  x\n",
  "a: 'x\n  y'\n",
  "a:\n  x\n",
  "a: x\n  y\n",
  "a:\tb\n",
  "a: b\r\n",
  "? a\n: b\n",
  "a: {b}\n",
  "a: [b: c]\n",
  "a: {b: c\n}\n",
  "a: [1\n",
  "a: 'x\n",
  "a: 1\n---\n",
  "a: 1\n...\n",
  "%YAML 1.2\n",
  "a: null\n",
  "a: ~\n",
  "a: 0x10\n",
  "a: .inf\n",
  "a: 1e999\n",
  "a: 12345678901234567890\n",
  "__proto__: 1\n",
  "<<: 1\n",
  'a: "\\u0041"\n',
  "- a\n",
  "a: - b\n",
  "a: [a #b]\n",
  "a: 1 #c\n b: 2\n",
  "a b: 1\n",
  "a:\n   b: 1\n  c: 2\n",
  "a: \u00a0b\n",
  `a: ${"[".repeat(40)}${"]".repeat(40)}\n`,
])("read with care: %j", (text) => {
  expect(plain(text)).toBeUndefined();
});

test("a key of any object, at any depth, is left to those who refuse it in words", () => {
  for (const name of reservedNames) expect(plain(`a: {b: [{${name}: 1}]}\n`)).toBeUndefined();
  expect(parseYaml("a: {constructor: 1}\n", "f").problems.map((p) => p.code)).toEqual(["L0114"]);
});

const bit = fc.constantFrom(
  ..."{}[],:#-'\"\n &*!|>%@`?~.0159eEx+_$/\\<=^()ab\té°".split(""),
  ": ",
  "- ",
  " #",
  "\n  ",
  "\n    ",
  "\n- ",
  "{a: 1}",
  "[1, x]",
  "b: ",
  "''",
  '""',
  "\n\n",
  ",\n",
  " \n",
  "null",
  "true",
  "1.5",
  "---\n",
  "\n# c\n",
  ">\n  ",
  "|-\n    ",
  "- b: ",
);

test("whatever is changed in a file, the result is the package's", () => {
  let kept = 0;
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(3),
    add: fc.array(bit, { maxLength: 3 }),
  });
  const part = fc.constantFrom(...texts).chain((text) => {
    const lines = text.split("\n");
    return fc
      .record({ start: fc.nat(lines.length - 1), count: fc.integer({ min: 1, max: 12 }) })
      .map(({ start, count }) => {
        const cut = lines.slice(start, start + count);
        const indent = Math.min(...cut.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)), 40);
        return `${cut.map((line) => line.slice(indent)).join("\n")}\n`;
      });
  });
  fc.assert(
    fc.property(part, fc.array(edit, { maxLength: 3 }), (text, edits) => {
      let changed = text;
      for (const { at, drop, add } of edits) {
        const i = Math.floor(at * changed.length);
        changed = changed.slice(0, i) + add.join("") + changed.slice(i + drop);
      }
      if (agree(changed)) kept++;
    }),
    { numRuns: Number(process.env.PLAIN_RUNS ?? 3000), seed: 1 },
  );
  // the law says something only where the reader does not give up
  expect(kept).toBeGreaterThan(500);
});

test("texts of nothing but signs", () => {
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 14 }), (bits) => {
      agree(`a: ${bits.join("")}\n`);
      agree(bits.join(""));
    }),
    { numRuns: Number(process.env.PLAIN_RUNS ?? 2000), seed: 1 },
  );
});
