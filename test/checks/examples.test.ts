/** Every `@example` in the doc comments of `src` compiles and runs, and what it states is so. */
import { describe, expect, test } from "vitest";
import * as limbeck from "../../src/limbeck.js";
import * as testing from "../../src/testing/testing.js";
import { examples, examplesOf } from "../support/examples/find.js";
import { namesOf } from "../support/examples/names.js";
import { claim, show } from "../support/examples/notation.js";
import { runExample } from "../support/examples/run.js";
import { typeErrors } from "../support/examples/types.js";

test("examples compile", () => {
  expect(typeErrors(examples)).toEqual([]);
});

test.each(examples.map((example) => [`${example.file}:${example.line}`, example] as const))(
  "%s",
  async (_, example) => {
    await expect(runExample(example)).resolves.toBeUndefined();
  },
);

test.each([
  ["limbeck", limbeck],
  ["limbeck/testing", testing],
])("everything that %s exports is shown in an example", (_, exported) => {
  const shown = new Set(examples.flatMap(({ code }) => namesOf(code)));
  expect(Object.keys(exported).filter((name) => !shown.has(name))).toEqual([]);
});

test("no example names a place of some machine, or imports anything", () => {
  const outside = /\bimport\b|["'`](\/(home|root|tmp|usr|var|etc|work)\b|~|[A-Za-z]:\\|(?!mqtt|udp)\w+:\/\/)/;
  expect(examples.filter(({ code }) => outside.test(code))).toEqual([]);
  expect(
    ['loadGraph("/home/x.graph.yaml")', 'fetch("https://x")', 'await import("node:fs")'].every((code) =>
      outside.test(code),
    ),
  ).toBe(true);
});

describe("an example", () => {
  const written = (code: string) => ({ file: "src/graph/ref.ts", line: 1, code });
  const run = (code: string) => runExample(written(code));

  test("is found in a doc comment, with its line", () => {
    const text =
      "/** One. @example no */\n/**\n * Two.\n *\n * @example\n * a();\n *\n * b() // 1\n * @throws never\n */\n";
    expect(examplesOf("x.ts", text)).toEqual([{ file: "x.ts", line: 6, code: "a();\n\nb() // 1" }]);
  });

  test.each([
    ['lastName("a.b") // "c"', /says "c"\nis {3}"b"/],
    ['const name = lastName("a.b"); // "c"', /is {3}"b"/],
    ['lastName("a.b")\n// c', /is {3}"b"|is {3}b/],
    ["Promise.resolve(1) // 1", /await it/],
    ['parseRef("a.b") // throws L0001', /is {3}\{ id: "a", port: "b", field: \[\] \}/],
    ['fail("L0002", { file: "x", expected: "y" }) // throws L0001', /throws L0002/],
    ['const { id } = parseRef("a")!; // "a"', /nothing checks/],
    ["lastName(nowhere)", /`nowhere` is exported nowhere/],
    ["process.exit()", /`process` is exported nowhere/],
    ['throw new Error("no")', /no/],
    ["export default step({ doc: '', inputs: {}, outputs: {}, step: () => ({ outputs: {} }) });", /no ports/],
  ])("fails: %s", async (code, reason) => {
    await expect(run(code)).rejects.toThrow(reason);
  });

  test("runs in a folder of its own, with the files that it names", async () => {
    await run('readGraphFile("arm-reach.graph.yaml").length > 0 // true');
    await expect(run('readGraphFile("other.graph.yaml")')).rejects.toThrow("there is no file");
  });

  test("is held to its types", () => {
    expect(typeErrors([written("parseRef(1);"), written('parseRef("a");')])).toEqual([
      "src/graph/ref.ts:1 Argument of type 'number' is not assignable to parameter of type 'string'.",
    ]);
  });
});

describe("the notation", () => {
  test.each<[string, unknown, unknown]>([
    ["1", 1, 2],
    ["-0", -0, 0],
    ["1_000", 1000, 1],
    ["5n", 5n, 5],
    ["0.31…", 0.314, 0.32],
    ["0.31…", 0.31, 3.1e-7],
    ["≈0.31", 0.314, 0.316],
    ["≈0.31 (about a third)", 0.314, 0.316],
    ["≈-2.0", -2.04, 2],
    ["NaN", Number.NaN, 0],
    ["undefined", undefined, null],
    ['"a\\n"', "a\n", "a"],
    ['"9f…"', "9f86", "9a"],
    ["[1, [2]]", [1, [2]], [1, 2]],
    ["[]", [], [1]],
    ["[1, …]", [1, 2], [2, 1]],
    ["[1]", [1], Float64Array.of(1)],
    ["Float32Array [1]", Float32Array.of(1), Float64Array.of(1)],
    ["Float32Array [1, …]", Float32Array.of(1, 2), Float32Array.of(2)],
    ['{ a: 1, "b c": 2 }', { "b c": 2, a: 1 }, { a: 1 }],
    ["{ a: 1 }", { a: 1 }, { a: 1, b: 2 }],
    ["{ a: 1, … }", { a: 1, b: 2 }, { b: 2 }],
    ["{ a: undefined }", { a: undefined }, {}],
    ["{}", {}, []],
  ])("%s", (text, is, other) => {
    expect(claim(text)(is)).toBe(true);
    expect(claim(text)(other)).toBe(false);
  });

  test.each(["", "1 2", "[1 2]", "{ a }", "{ … }", "[…]", "the same", "3…"])("refuses `%s`", (text) => {
    expect(() => claim(text)).toThrow("no value is written");
  });

  test("shows what it reads", () => {
    const text = '{ a: [1, -0, 5n, NaN], "b c": Float32Array [0.5], d: "x", e: undefined }';
    const value = { a: [1, -0, 5n, Number.NaN], "b c": Float32Array.of(0.5), d: "x", e: undefined };
    expect(show(value)).toBe(text);
    expect(claim(text)(value)).toBe(true);
  });
});
