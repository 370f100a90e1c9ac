/** Mapping files: their forms, their mistakes where they stand, and the schema that editors use. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LimbeckError } from "../../../src/problem/problem.js";
import { mappingSchemaText, parseMapping } from "../../../src/record/foreign/mapping.js";

const mistakes = (text: string): string[] => {
  try {
    parseMapping(text, "m.yaml");
  } catch (error) {
    if (error instanceof LimbeckError)
      return error.problems.map(({ code, place, message }) => `${code} ${place?.line}:${place?.column} ${message}`);
    throw error;
  }
  return [];
};

test("schemas/mapping.schema.json is what the source generates: `npm run schemas` writes it", () => {
  expect(readFileSync(new URL("../../../schemas/mapping.schema.json", import.meta.url), "utf8")).toBe(
    mappingSchemaText(),
  );
});

test("every form of a time, an order and an offset", () => {
  const { streams, origin_ns } = parseMapping(
    `limbeck: 1
origin: {time: 1500.25, unit: ms}
order: drop
streams:
  a: {time: t}
  b: {time: {field: t, unit: us}, order: refuse, offset: -1.5ms}
  c: {time: {stamp: header.stamp}, order: {sort: 10ms}}
  d: {time: {tag: publish_time, stamp: {field: x, unit: ns}}}
  e: {time: origin}
`,
    "m.yaml",
  );
  expect(origin_ns).toBe(1_500_250_000n);
  expect(streams.map(({ order }) => order)).toEqual(["drop", "refuse", { sort_ns: 10_000_000 }, "drop", "drop"]);
  expect(streams[1]!.offset_ns).toBe(-1_500_000n);
  const field = (name: string, unit: string) => expect.objectContaining({ kind: "field", field: name, unit });
  expect(streams.map(({ time }) => time)).toEqual([
    { tag: field("t", "s"), stamp: field("t", "s") },
    { tag: field("t", "us"), stamp: field("t", "us") },
    { tag: { kind: "log_time" }, stamp: field("header.stamp", "s") },
    { tag: { kind: "publish_time" }, stamp: field("x", "ns") },
    { tag: { kind: "origin" }, stamp: { kind: "origin" } },
  ]);
});

test.each([
  ["limbeck: 1\nstreams: {a: {offset: 3}}\n", ["L0112 2:23 "]],
  ["limbeck: 1\nstreams: {a: {offset: 3 m}}\n", ["L0119 2:23 "]],
  ["limbeck: 1\nstreams: {a: {order: {sort: soon}}}\n", ["L0119 2:29 "]],
  ["limbeck: 1\nstreams: {a: {order: sorted}}\n", ["L0112 2:22 "]],
  ["limbeck: 1\nstreams: {a: {fields: 3}}\n", ["L0756 2:23 "]],
  ["limbeck: 1\nstreams: {a: {fields: {q: {field: x, as: roll}}}}\n", ["L0756 2:42 "]],
  ["limbeck: 1\norigin: soon\nstreams: {a: {}}\n", ["L0756 2:9 "]],
  ["limbeck: 1\nrecording: a\nrecordings: {b: b}\nstreams: {a: {}}\n", ["L0756 2:1 "]],
  ["limbeck: 1\nstreams: {}\n", ["L0112 2:10 "]],
  ["limbeck: 2\nstreams: {a: {}}\n", ["L0112 1:10 "]],
  ["limbeck: 1\nstraems: {a: {}}\n", ["L0111 2:1 "]],
  ["- a\n", ["L0756 1:1 "]],
  ["limbeck: 1\nstreams: {__proto__: {}}\n", ["L0114 2:11 "]],
])("%j is told where it stands", (text, expected) => {
  const found = mistakes(text);
  expect(found.map((line, i) => line.slice(0, expected[i]?.length))).toEqual(expected);
});
