/** Files that nobody wrote in good faith: caps on each side, names that mean something to JavaScript, mutations. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { bind, parseSet } from "../../src/graphfile/params.js";
import { CAPS, scan } from "../../src/graphfile/scan.js";
import { printProblems } from "../../src/problem/print.js";
import { armReach } from "../support/arm-reach.js";
import { testCatalogue } from "../support/catalogue.js";
import { inspectGraph } from "../support/inspect.js";

const codes = (text: string) => parseGraphFile(text, "f").problems.map((p) => p.code);
const scanned = (text: string) => scan(text, "f").problems.map((p) => p.code);
const good = "limbeck: 1\nname: x\n";

test("size: at the cap and one byte above, in bytes and not in characters", () => {
  const fill = (bytes: number) => `${good}#${"x".repeat(bytes - good.length - 2)}\n`;
  expect(codes(fill(CAPS.bytes))).toEqual([]);
  expect(codes(fill(CAPS.bytes + 1))).toEqual(["L0101"]);
  expect(scanned(`#${"é".repeat(CAPS.bytes / 2)}`)).toEqual(["L0101"]);
});

const nested: readonly [string, (depth: number) => string][] = [
  ["lists in brackets", (n) => "[".repeat(n) + "]".repeat(n)],
  ["mappings in braces", (n) => `${"{a: ".repeat(n)}1${"}".repeat(n)}`],
  ["lists on one line", (n) => `${"- ".repeat(n)}1`],
  ["indented mappings", (n) => Array.from({ length: n }, (_, i) => `${" ".repeat(i)}a:\n`).join("")],
  ["explicit keys", (n) => `${"? ".repeat(n)}1`],
];

test.each(nested)("depth of %s: at the cap and one above", (_, nest) => {
  expect(scanned(nest(CAPS.depth))).toEqual([]);
  expect(scanned(nest(CAPS.depth + 1))).toEqual(["L0102"]);
  // what the scan lets through, nobody behind it finds too deep
  expect(codes(nest(CAPS.depth))).not.toContain("L0102");
  expect(codes(nest(CAPS.depth + 1))).toContain("L0102");
});

test("values, aliases written out: below the cap and above it", () => {
  // three times a list of n, beside the mapping around them
  const thrice = (n: number) => `a: &a [${Array.from({ length: n }, () => "1").join(",")}]\nb: *a\nc: *a\n`;
  const most = Math.floor((CAPS.values - 3) / 3) - 1;
  expect(codes(thrice(most))).not.toContain("L0103");
  expect(codes(thrice(most + 2))).toContain("L0103");
});

test("brackets in quotes, comments and block text are no depth", () => {
  const many = "[{".repeat(100);
  expect(codes(`${good}doc: "${many}" # ${many}\n`)).toEqual([]);
  expect(codes(`${good}doc: |\n  ${many}\n  &a *b\n`)).toEqual([]);
});

test("aliases and anchors: at the cap and one above", () => {
  const aliases = (n: number) => `a: &a 1\nb: [${Array.from({ length: n }, () => "*a").join(", ")}]\n`;
  expect(scanned(aliases(CAPS.aliases))).toEqual([]);
  expect(scanned(aliases(CAPS.aliases + 1))).toEqual(["L0103"]);
  const anchors = (n: number) => `[${Array.from({ length: n }, (_, i) => `&a${i} 1`).join(", ")}]\n`;
  expect(scanned(anchors(CAPS.anchors))).toEqual([]);
  expect(scanned(anchors(CAPS.anchors + 1))).toEqual(["L0103"]);
});

test("an alias stands for its value, placed where the anchor is", () => {
  const { graph, problems } = parseGraphFile(
    `${good}nodes:\n  a: {component: x/y, params: &p {k: 1}}\n  b: {component: x/y, params: *p}\n`,
    "f",
  );
  expect(problems).toEqual([]);
  expect(graph!.nodes.b!.params).toEqual({ k: 1 });
});

test("depth through aliases counts too", () => {
  const levels = Array.from(
    { length: 10 },
    (_, i) => `l${i}: &l${i} ${"[".repeat(8)}${i === 0 ? "1" : `*l${i - 1}`}${"]".repeat(8)}`,
  );
  expect(codes(`${levels.join("\n")}\n`)).toEqual(["L0102"]);
});

test("ten megabytes of anything are refused without being looked at", () => {
  for (const text of ["[", "&a ", "{a: ", "- ", "a: "]) {
    const problems = scan(text.repeat(Math.ceil(10_000_000 / text.length)), "f");
    expect(problems.problems.map((p) => p.code)).toEqual(["L0101"]);
    expect(problems.tokens).toEqual([]);
  }
});

test("a megabyte of brackets stops at the sixty-fifth", () => {
  const { problems } = scan("[".repeat(CAPS.bytes), "f");
  expect(problems[0]).toMatchObject({ code: "L0102", place: { line: 1, column: 65 } });
});

const hostileNames = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
];

test.each(hostileNames)("%s is refused wherever a user names something, and pollutes nothing", (name) => {
  const places = [
    `params: {${name}: {type: number, default: 1}}`,
    `messages: {${name}: {tensor: [2]}}`,
    `messages: {A: {${name}: number}}`,
    `streams: {in: {${name}: {message: Vector2, live: x}}}`,
    `world: {${name}: {component: sim/waypoints}}`,
    `nodes: {${name}: {component: control/pd}}`,
    `nodes: {a: {component: control/pd, in: {${name}: x}}}`,
    `nodes: {a: {component: control/pd, in: ["a.${name}"]}}`,
    `nodes: {a: {component: control/pd, params: {${name}: {polluted: 1}}}}`,
    `nodes: {a: {component: control/pd, params: {deep: [{${name}: {polluted: 1}}]}}}`,
    `rewrites: [{${name}: {polluted: 1}}]`,
    `evaluate: {metrics: {${name}: {rmse: [a]}}}`,
    `evaluate: {starts: {x: {${name}: 1}}}`,
    `"${name}": 1`,
  ];
  for (const place of places) {
    const found = codes(`${good}${place}\n`);
    expect(found, place).toContain("L0114");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  }
  // read, not named: nothing of that name is found
  for (const place of [
    `streams: {in: {s: {message: ${name}, live: x}}}`,
    `nodes: {a: {component: ${name}}}`,
    `nodes: {a: {component: test/scalar, in: {value: ${name}}}}`,
    `nodes: {a: {component: test/scalar, in: {value: a.${name}}}}`,
    `nodes: {a: {component: test/scalar, on: {each: [${name}]}}}`,
    `nodes: {a: {component: test/clocked, in: {value: $${name}}}}`,
    `rewrites: [{record: {x: $${name}}}]`,
    `evaluate: {starts: {x: {a.${name}: 1}}}`,
  ]) {
    const { problems } = inspectGraph(parseGraphFile(`${good}${place}\n`, "f"), testCatalogue);
    expect(
      problems.filter((p) => p.severity === "error"),
      place,
    ).not.toEqual([]);
  }
  const loaded = parseGraphFile(armReach, "f");
  const set = JSON.parse(`{"${name}": 1, "arm.${name}": {"polluted": 1}}`);
  const refused = inspectGraph(loaded, testCatalogue, set).problems.map((p) => p.code);
  expect(refused).toEqual(["L0116", "L0116"]);
  expect(parseSet(`arm.x={${name}: 1}`)).toHaveProperty("problem");
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

/** A line and column exist in the text; one past the end of a line is its line break. */
function inside(text: string, p: { line: number; column: number }): boolean {
  const line = text.split("\n")[p.line - 1];
  return line !== undefined && p.column >= 1 && p.column <= line.length + 1;
}

const snippets = [
  "[",
  "]",
  "{",
  "}",
  ":",
  ": ",
  "- ",
  "\n",
  "  ",
  "\t",
  "*a",
  "&a ",
  "!!str ",
  "? ",
  "'",
  '"',
  "|\n",
  ">\n",
  "<<: ",
  "$kp",
  "#",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "~",
  "null",
  "1e999",
  ".nan",
  "é",
  "\u2028",
  "\r",
  "\u{1F916}",
  "__proto__: ",
  "controller",
  "joints",
  "100hz",
  ", ",
];

const mutated = fc
  .array(
    fc.record({
      at: fc.nat({ max: armReach.length }),
      drop: fc.integer({ min: 0, max: 12 }),
      add: fc.oneof(fc.constantFrom(...snippets), fc.string({ maxLength: 6, unit: "grapheme" })),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) => edits.reduce((text, { at, drop, add }) => text.slice(0, at) + add + text.slice(at + drop), armReach));

/** Text that has nothing of a graph file but its signs. */
const soup = fc
  .array(fc.constantFrom(...snippets, ...armReach.split(/\s+/).slice(0, 80)), { maxLength: 60 })
  .map((parts) => parts.join(""));

test("mutated files give problems inside the file, or a graph; never anything else", () => {
  fc.assert(
    fc.property(fc.oneof({ arbitrary: mutated, weight: 3 }, soup), (text) => {
      const { typed, problems } = inspectGraph(parseGraphFile(text, "f"), testCatalogue);
      expect(typed === undefined).toBe(problems.some((p) => p.severity === "error"));
      for (const p of problems) {
        expect(p.place, `${p.code} ${p.message}`).toBeDefined();
        for (const place of [p.place!, ...(p.related ?? []).flatMap((r) => r.place ?? [])]) {
          expect(
            inside(text, place) && inside(text, { line: place.endLine, column: place.endColumn }),
            JSON.stringify(p),
          ).toBe(true);
          expect(place.endLine - place.line || place.endColumn - place.column).toBeGreaterThanOrEqual(0);
        }
      }
      expect(printProblems(problems, { readText: () => text, color: true })).not.toContain("undefined");
    }),
    { numRuns: 300 },
  );
});

test("in a large file that is all wrong, later problems go without a name that was meant", () => {
  const lines = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("");
  const types = parseGraphFile(`${good}messages:\n${lines(2000, (i) => `  Mote${i}: {a: Moet${i}}\n`)}`, "f").problems;
  expect(types).toHaveLength(2000);
  const guessed = (p: { help?: string }) => p.help?.startsWith("Did you mean") === true;
  expect(types.filter(guessed).length).toBeLessThan(150);
  expect(types.filter(guessed).length).toBeGreaterThan(50);
  const params = `params:\n${lines(1000, (i) => `  gain${i}: {default: 1}\n`)}`;
  const nodes = `nodes:\n${lines(1000, (i) => `  n${i}: {component: test/scalar, params: {k: $gian${i}}}\n`)}`;
  const { graph } = parseGraphFile(`${good}${params}${nodes}`, "f");
  const unknown = bind(graph!, { set: {} }).problems.filter((p) => p.code === "L0120");
  expect(unknown).toHaveLength(1000);
  expect(unknown.filter(guessed).length).toBeLessThan(250);
});
