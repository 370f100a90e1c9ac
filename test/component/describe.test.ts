/** The reference of components is generated, whole, and current. */
import { readFileSync } from "node:fs";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import { describeComponent, describeLibrary, exampleSignature } from "../../src/component/describe.js";
import { library } from "../../src/component/library.js";
import { event, signal } from "../../src/component/ports.js";
import { genericStep, step } from "../../src/component/step.js";

test("docs/reference/components.md is what the library generates: `npm run schemas` writes it", () => {
  const page = readFileSync(new URL("../../docs/reference/components.md", import.meta.url), "utf8");
  expect(page).toBe(describeLibrary(library));
});

describe.each(Object.entries(library))("%s", (name, component) => {
  test("has a doc, examples, and ports that they lead to", () => {
    expect(component.doc).toMatch(/\.$/);
    const { outputs } = exampleSignature(name, component);
    expect(Object.keys(outputs).length).toBeGreaterThan(0);
    expect(describeLibrary(library)).toContain(`\n### ${name}\n\n${component.doc}\n`);
  });
});

test("a component's section: traits, params with defaults, bounds and units, ports with kinds", () => {
  const component = step({
    doc: "Does it.",
    params: Type.Object({
      gain: Type.Number({ minimum: 0, exclusiveMaximum: 9, unit: "V/m", examples: [2] }),
      mode: Type.Enum(["a", "b"], { default: "a", description: "a | b" }),
      count: Type.Optional(Type.Integer({ maximum: 5 })),
      pair: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, default: [0, 1] }),
      rows: Type.Array(Type.Object({ at: Type.Number({ unit: "m" }) }), { minItems: 1, maxItems: 3, examples: [[]] }),
    }),
    inputs: { x: signal(Type.Number({ unit: "m" }), { optional: true, doc: "where" }) },
    outputs: { y: event(Type.Boolean()) },
    state: () => 0,
    step: () => ({ outputs: {} }),
  });
  // the example of `rows` is too short: what is shown must be what would run
  expect(() => describeComponent("test/it", component)).toThrow(/test\/it cannot be shown/);
  const rows = { ...component.params.properties!.rows, examples: [[{ at: 1 }]] };
  const mended = {
    ...component,
    params: { ...component.params, properties: { ...component.params.properties, rows } },
  };
  expect(describeComponent("test/it", mended)).toBe(
    [
      "### test/it",
      "",
      "Does it.",
      "",
      "Keeps state.",
      "",
      "| param | takes | default | unit | meaning |",
      "| --- | --- | --- | --- | --- |",
      "| `gain` | number ≥ 0, < 9 | required, say `2` | V/m |  |",
      '| `mode` | `a`, `b` | `"a"` |  | a \\| b |',
      "| `count` | integer ≤ 5 |  |  |  |",
      "| `pair` | list[2] of number | `[0,1]` |  |  |",
      '| `rows` | list[1…3] of object | required, say `[{"at":1}]` |  |  |',
      "| `rows[].at` | number | required | m |  |",
      "",
      "| port |  | type | meaning |",
      "| --- | --- | --- | --- |",
      "| `x` | in | number m | optional; where |",
      "| `y` | out | boolean | event |",
      "",
    ].join("\n"),
  );
});

test("a param that cannot be guessed is asked for by the name of its component", () => {
  const bare = genericStep({
    doc: "Nothing.",
    params: Type.Object({ needed: Type.Number() }),
    ports: () => ({ inputs: {}, outputs: {} }),
    step: () => ({ outputs: {} }),
  });
  expect(() => exampleSignature("test/bare", bare)).toThrow("test/bare cannot be shown: give its params");
});
